define internal i32 @part0(ptr noalias captures(none) %v0, ptr noalias captures(none) %v1, ptr %v2, ptr %v3, i64 %v4, i64 %v5, ptr %v6, i64 %v7, i64 %v8, i64 %v9, i64 %v10, ptr %v11, ptr %v12, i64 %v13, i64 %v14, ptr %v15, i64 %v16, i64 %v17, ptr %v18, ptr %v19, i64 %v20, i64 %v21, ptr %v22, i64 %v23, i64 %v24, i64 %v25, i64 %v26) {
v27:
  %v28 = icmp slt i64 %v7, 1
  %v29 = icmp slt i64 %v8, 1
  %v30 = select i1 %v28, i1 true, i1 %v29
  br i1 %v30, label %v31, label %v32

v32:
  %v33 = phi i64 [ %v34, %v35 ], [ 0, %v27 ]
  %v36 = mul i64 %v33, %v8
  %v37 = getelementptr i64, ptr %v6, i64 %v36
  %v38 = mul i64 %v33, %v24
  %v39 = getelementptr i64, ptr %v22, i64 %v38
  br label %v40

v40:
  %v41 = phi i64 [ 0, %v32 ], [ %v42, %v43 ]
  %v42 = add nuw nsw i64 %v41, 1
  %v44 = getelementptr i8, ptr %v15, i64 %v41
  %v45 = load i8, ptr %v44, align 1
  %v46 = icmp eq i8 %v45, 0
  br i1 %v46, label %v43, label %v47

v47:
  %v48 = getelementptr i64, ptr %v37, i64 %v41
  %v49 = load i64, ptr %v48, align 8
  %v50 = icmp slt i64 %v49, 0
  %v51 = select i1 %v50, i64 %v16, i64 0
  %v52 = getelementptr i8, ptr %v15, i64 %v49
  %v53 = getelementptr i8, ptr %v52, i64 %v51
  %v54 = load i8, ptr %v53, align 1
  %v55 = icmp eq i8 %v54, 0
  br i1 %v55, label %v56, label %v57

v56:
  %v58 = phi i64 [ %v59, %v56 ], [ %v49, %v47 ]
  %v60 = icmp slt i64 %v58, 0
  %v61 = select i1 %v60, i64 %v8, i64 0
  %v62 = getelementptr i64, ptr %v37, i64 %v58
  %v63 = getelementptr i64, ptr %v62, i64 %v61
  %v59 = load i64, ptr %v63, align 8
  %v64 = icmp slt i64 %v59, 0
  %v65 = select i1 %v64, i64 %v16, i64 0
  %v66 = getelementptr i8, ptr %v15, i64 %v59
  %v67 = getelementptr i8, ptr %v66, i64 %v65
  %v68 = load i8, ptr %v67, align 1
  %v69 = icmp eq i8 %v68, 0
  br i1 %v69, label %v56, label %v57

v57:
  %v70 = phi i64 [ %v49, %v47 ], [ %v59, %v56 ]
  %v71 = getelementptr i64, ptr %v39, i64 %v41
  store i64 %v70, ptr %v71, align 8
  br label %v43

v43:
  %v72 = icmp eq i64 %v8, %v42
  br i1 %v72, label %v35, label %v40

v35:
  %v34 = add nuw nsw i64 %v33, 1
  %v73 = icmp eq i64 %v34, %v7
  br i1 %v73, label %v31, label %v32

v31:
  store ptr null, ptr %v0, align 8
  ret i32 0
}

define i32 @ridge.trace_permutations_610643bb9205(ptr %v0, ptr %v1, ptr %v2, i64 %v3, i64 %v4, ptr %v5, i64 %v6, ptr %v7, i64 %v8, i64 %v9) {
  %v10 = mul i64 8, %v4
  %v11 = mul i64 %v10, %v3
  %v12 = udiv exact i64 %v11, 8
  %v13 = mul i64 1, %v6
  %v14 = udiv exact i64 %v13, 1
  %v15 = mul i64 8, %v9
  %v16 = mul i64 %v15, %v8
  %v17 = udiv exact i64 %v16, 8
  %v18 = call i32 @part0(ptr %v0, ptr %v1, ptr null, ptr null, i64 %v12, i64 8, ptr %v2, i64 %v3, i64 %v4, i64 %v10, i64 8, ptr null, ptr null, i64 %v14, i64 1, ptr %v5, i64 %v6, i64 1, ptr null, ptr null, i64 %v17, i64 8, ptr %v7, i64 %v8, i64 %v9, i64 %v15, i64 8)
  ret i32 %v18
}
