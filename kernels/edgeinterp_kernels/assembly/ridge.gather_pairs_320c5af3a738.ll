define internal i32 @part0(ptr noalias captures(none) %v0, ptr noalias captures(none) %v1, ptr %v2, ptr %v3, i64 %v4, i64 %v5, ptr %v6, i64 %v7, i64 %v8, i64 %v9, i64 %v10, ptr %v11, ptr %v12, i64 %v13, i64 %v14, ptr %v15, i64 %v16, i64 %v17, i64 %v18, i64 %v19, i64 %v20, i64 %v21, ptr %v22, ptr %v23, i64 %v24, i64 %v25, ptr %v26, i64 %v27, i64 %v28, i64 %v29, i64 %v30) {
v31:
  %v32 = icmp slt i64 %v16, 1
  br i1 %v32, label %v33, label %v34

v34:
  %v35 = sub i64 %v21, %v20
  %v36 = call i64 @llvm.smax.i64(i64 %v35, i64 0)
  %v37 = icmp slt i64 %v35, 1
  br i1 %v37, label %v33, label %v38

v38:
  %v39 = phi i64 [ %v40, %v41 ], [ 0, %v34 ]
  %v42 = mul i64 %v39, %v17
  %v43 = getelementptr i32, ptr %v15, i64 %v42
  %v44 = mul i64 %v39, %v28
  %v45 = getelementptr float, ptr %v26, i64 %v44
  br label %v46

v46:
  %v47 = phi i64 [ 0, %v38 ], [ %v48, %v49 ]
  %v50 = phi i64 [ %v36, %v38 ], [ %v51, %v49 ]
  %v52 = phi i64 [ %v20, %v38 ], [ %v53, %v49 ]
  %v51 = add nsw i64 %v50, -1
  %v53 = add i64 %v52, 1
  %v54 = icmp slt i64 %v52, 0
  %v55 = select i1 %v54, i64 %v17, i64 0
  %v56 = getelementptr i32, ptr %v43, i64 %v52
  %v57 = getelementptr i32, ptr %v56, i64 %v55
  %v58 = load i32, ptr %v57, align 4
  %v59 = zext i32 %v58 to i64
  %v60 = mul i64 %v8, %v59
  %v61 = getelementptr float, ptr %v6, i64 %v60
  %v62 = add nsw i64 %v52, %v47
  %v63 = add nsw i64 %v62, 1
  %v64 = icmp slt i64 %v47, 0
  %v65 = select i1 %v64, i64 %v28, i64 0
  %v66 = add i64 %v65, %v47
  %v67 = icmp slt i64 %v66, 0
  br i1 %v67, label %v68, label %v69, !prof !0

v68:
  br label %v69

v69:
  %v70 = phi i64 [ 0, %v68 ], [ %v66, %v46 ]
  %v71 = icmp slt i64 %v66, %v28
  br i1 %v71, label %v72, label %v73, !prof !1

v73:
  br label %v72

v72:
  %v74 = phi i64 [ %v28, %v73 ], [ %v70, %v69 ]
  %v75 = icmp slt i64 %v62, -1
  %v76 = select i1 %v75, i64 %v28, i64 0
  %v77 = add i64 %v63, %v76
  %v78 = icmp slt i64 %v77, 0
  br i1 %v78, label %v79, label %v80, !prof !0

v79:
  br label %v80

v80:
  %v81 = phi i64 [ 0, %v79 ], [ %v77, %v72 ]
  %v82 = icmp slt i64 %v77, %v28
  br i1 %v82, label %v83, label %v84, !prof !1

v84:
  br label %v83

v83:
  %v85 = phi i64 [ %v81, %v80 ], [ %v28, %v84 ]
  %v86 = sub i64 %v85, %v74
  %v87 = getelementptr float, ptr %v45, i64 %v74
  %v88 = icmp slt i64 %v86, 1
  br i1 %v88, label %v49, label %v89

v49:
  %v90 = add i64 %v47, 1
  %v48 = add i64 %v90, %v52
  %v91 = icmp sgt i64 %v50, 1
  br i1 %v91, label %v46, label %v41

v89:
  %v92 = phi i64 [ %v93, %v89 ], [ 0, %v83 ]
  %v93 = add nuw nsw i64 %v92, 1
  %v94 = getelementptr i32, ptr %v43, i64 %v92
  %v95 = load i32, ptr %v94, align 4
  %v96 = zext i32 %v95 to i64
  %v97 = getelementptr float, ptr %v61, i64 %v96
  %v98 = load float, ptr %v97, align 4
  %v99 = getelementptr float, ptr %v87, i64 %v92
  store float %v98, ptr %v99, align 4
  %v100 = icmp eq i64 %v86, %v93
  br i1 %v100, label %v49, label %v89

v41:
  %v40 = add nuw nsw i64 %v39, 1
  %v101 = icmp eq i64 %v40, %v16
  br i1 %v101, label %v33, label %v38

v33:
  store ptr null, ptr %v0, align 8
  ret i32 0
}

declare i64 @llvm.smax.i64(i64, i64)

define i32 @ridge.gather_pairs_320c5af3a738(ptr %v0, ptr %v1, ptr %v2, i64 %v3, i64 %v4, ptr %v5, i64 %v6, i64 %v7, i64 %v8, i64 %v9, ptr %v10, i64 %v11, i64 %v12) {
  %v13 = mul i64 4, %v4
  %v14 = mul i64 %v13, %v3
  %v15 = udiv exact i64 %v14, 4
  %v16 = mul i64 4, %v7
  %v17 = mul i64 %v16, %v6
  %v18 = udiv exact i64 %v17, 4
  %v19 = mul i64 4, %v12
  %v20 = mul i64 %v19, %v11
  %v21 = udiv exact i64 %v20, 4
  %v22 = call i32 @part0(ptr %v0, ptr %v1, ptr null, ptr null, i64 %v15, i64 4, ptr %v2, i64 %v3, i64 %v4, i64 %v13, i64 4, ptr null, ptr null, i64 %v18, i64 4, ptr %v5, i64 %v6, i64 %v7, i64 %v16, i64 4, i64 %v8, i64 %v9, ptr null, ptr null, i64 %v21, i64 4, ptr %v10, i64 %v11, i64 %v12, i64 %v19, i64 4)
  ret i32 %v22
}


!0 = !{!"branch_weights", i32 1, i32 99}
!1 = !{!"branch_weights", i32 99, i32 1}
