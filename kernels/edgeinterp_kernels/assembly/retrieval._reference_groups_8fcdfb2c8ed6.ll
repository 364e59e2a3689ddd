define internal i32 @part0(ptr noalias captures(none) %v0, ptr noalias captures(none) %v1, ptr %v2, ptr %v3, i64 %v4, i64 %v5, ptr %v6, i64 %v7, i64 %v8, i64 %v9, i64 %v10, ptr %v11, ptr %v12, i64 %v13, i64 %v14, ptr %v15, i64 %v16, i64 %v17, ptr %v18, ptr %v19, i64 %v20, i64 %v21, ptr %v22, i64 %v23, i64 %v24, ptr %v25, ptr %v26, i64 %v27, i64 %v28, ptr %v29, i64 %v30, i64 %v31) {
v32:
  %v33 = icmp sgt i64 %v13, 1
  br i1 %v33, label %v34, label %v35

v34:
  %v36 = call i64 @llvm.smax.i64(i64 %v8, i64 0)
  %v37 = add nsw i64 %v13, -2
  br label %v38

v39:
  %v40 = icmp eq i64 %v41, %v37
  br i1 %v40, label %v35, label %v38

v42:
  %v43 = phi i64 [ 0, %v44 ], [ %v45, %v46 ]
  %v45 = add nuw nsw i64 %v43, 1
  %v47 = add nsw i64 %v43, %v48
  %v49 = icmp slt i64 %v47, 0
  %v50 = select i1 %v49, i64 %v23, i64 0
  %v51 = getelementptr i32, ptr %v22, i64 %v47
  %v52 = getelementptr i32, ptr %v51, i64 %v50
  %v53 = load i32, ptr %v52, align 4
  %v54 = icmp eq i32 %v53, %v55
  br i1 %v54, label %v56, label %v46

v56:
  %v57 = select i1 %v49, i64 %v30, i64 0
  %v58 = getelementptr i32, ptr %v29, i64 %v47
  %v59 = getelementptr i32, ptr %v58, i64 %v57
  %v60 = load i32, ptr %v59, align 4
  %v61 = sext i32 %v60 to i64
  %v62 = icmp eq i64 %v43, %v61
  br i1 %v62, label %v63, label %v46

v64:
  %v65 = phi i64 [ %v66, %v67 ], [ 0, %v63 ]
  %v68 = icmp eq i64 %v65, %v36
  br i1 %v68, label %v69, label %v67

v67:
  %v66 = add nuw i64 %v65, 1
  %v70 = getelementptr float, ptr %v71, i64 %v65
  %v72 = load float, ptr %v70, align 4
  %v73 = getelementptr float, ptr %v74, i64 %v65
  %v75 = load float, ptr %v73, align 4
  %v76 = fcmp une float %v72, %v75
  br i1 %v76, label %v46, label %v64

v69:
  %v77 = trunc nsw i64 %v43 to i32
  store i32 %v77, ptr %v78, align 4
  br label %v79

v46:
  %v80 = icmp eq i64 %v45, %v81
  br i1 %v80, label %v79, label %v42

v79:
  %v82 = icmp eq i64 %v83, %v84
  br i1 %v82, label %v39, label %v85

v35:
  store ptr null, ptr %v0, align 8
  ret i32 0

v38:
  %v41 = phi i64 [ 0, %v34 ], [ %v86, %v39 ]
  %v86 = add nuw nsw i64 %v41, 1
  %v87 = getelementptr i64, ptr %v15, i64 %v41
  %v48 = load i64, ptr %v87, align 8
  %v88 = getelementptr i8, ptr %v87, i64 8
  %v89 = load i64, ptr %v88, align 8
  %v83 = sub nsw i64 %v89, %v48
  %v90 = icmp slt i64 %v83, 1
  br i1 %v90, label %v39, label %v85

v85:
  %v81 = phi i64 [ %v84, %v79 ], [ 0, %v38 ]
  %v84 = add nuw nsw i64 %v81, 1
  %v91 = add nsw i64 %v81, %v48
  %v92 = icmp slt i64 %v91, 0
  %v93 = select i1 %v92, i64 %v30, i64 0
  %v94 = getelementptr i32, ptr %v29, i64 %v91
  %v78 = getelementptr i32, ptr %v94, i64 %v93
  %v95 = trunc i64 %v81 to i32
  store i32 %v95, ptr %v78, align 4
  %v96 = icmp eq i64 %v81, 0
  br i1 %v96, label %v79, label %v44

v44:
  %v97 = select i1 %v92, i64 %v23, i64 0
  %v98 = getelementptr i32, ptr %v22, i64 %v91
  %v99 = getelementptr i32, ptr %v98, i64 %v97
  %v55 = load i32, ptr %v99, align 4
  %v100 = select i1 %v92, i64 %v7, i64 0
  %v101 = add i64 %v100, %v91
  %v102 = mul i64 %v101, %v8
  %v71 = getelementptr float, ptr %v6, i64 %v102
  br label %v42

v63:
  %v103 = select i1 %v49, i64 %v7, i64 0
  %v104 = add i64 %v103, %v47
  %v105 = mul i64 %v104, %v8
  %v74 = getelementptr float, ptr %v6, i64 %v105
  br label %v64
}

declare i64 @llvm.smax.i64(i64, i64)

define i32 @retrieval._reference_groups_8fcdfb2c8ed6(ptr %v0, ptr %v1, ptr %v2, i64 %v3, i64 %v4, ptr %v5, i64 %v6, ptr %v7, i64 %v8, ptr %v9, i64 %v10) {
  %v11 = mul i64 4, %v4
  %v12 = mul i64 %v11, %v3
  %v13 = udiv exact i64 %v12, 4
  %v14 = mul i64 8, %v6
  %v15 = udiv exact i64 %v14, 8
  %v16 = mul i64 4, %v8
  %v17 = udiv exact i64 %v16, 4
  %v18 = mul i64 4, %v10
  %v19 = udiv exact i64 %v18, 4
  %v20 = call i32 @part0(ptr %v0, ptr %v1, ptr null, ptr null, i64 %v13, i64 4, ptr %v2, i64 %v3, i64 %v4, i64 %v11, i64 4, ptr null, ptr null, i64 %v15, i64 8, ptr %v5, i64 %v6, i64 8, ptr null, ptr null, i64 %v17, i64 4, ptr %v7, i64 %v8, i64 4, ptr null, ptr null, i64 %v19, i64 4, ptr %v9, i64 %v10, i64 4)
  ret i32 %v20
}
