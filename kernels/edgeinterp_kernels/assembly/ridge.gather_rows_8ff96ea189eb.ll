define internal i32 @part0(ptr noalias captures(none) %v0, ptr noalias captures(none) %v1, ptr %v2, ptr %v3, i64 %v4, i64 %v5, ptr %v6, i64 %v7, i64 %v8, i64 %v9, i64 %v10, ptr %v11, ptr %v12, i64 %v13, i64 %v14, ptr %v15, i64 %v16, i64 %v17, i64 %v18, i64 %v19, ptr %v20, ptr %v21, i64 %v22, i64 %v23, ptr %v24, i64 %v25, i64 %v26, i64 %v27, i64 %v28, i64 %v29, i64 %v30) {
v31:
  %v32 = icmp slt i64 %v17, 1
  br i1 %v32, label %v33, label %v34

v34:
  %v35 = icmp slt i64 %v16, 1
  %v36 = mul i64 %v27, %v26
  %v37 = icmp slt i64 %v8, 1
  %v38 = select i1 %v35, i1 true, i1 %v37
  br i1 %v38, label %v33, label %v39

v39:
  %v40 = phi i64 [ %v41, %v42 ], [ 0, %v34 ]
  %v43 = getelementptr i64, ptr %v15, i64 %v40
  %v44 = mul i64 %v36, %v40
  %v45 = getelementptr float, ptr %v24, i64 %v44
  br label %v46

v46:
  %v47 = phi i64 [ 0, %v39 ], [ %v48, %v49 ]
  %v50 = mul i64 %v47, %v17
  %v51 = getelementptr i64, ptr %v43, i64 %v50
  %v52 = load i64, ptr %v51, align 8
  %v53 = icmp slt i64 %v52, 0
  %v54 = select i1 %v53, i64 %v7, i64 0
  %v55 = add i64 %v54, %v52
  %v56 = mul i64 %v55, %v8
  %v57 = getelementptr float, ptr %v6, i64 %v56
  %v58 = mul i64 %v47, %v27
  %v59 = getelementptr float, ptr %v45, i64 %v58
  br label %v60

v60:
  %v61 = phi i64 [ 0, %v46 ], [ %v62, %v60 ]
  %v62 = add nuw nsw i64 %v61, 1
  %v63 = getelementptr float, ptr %v57, i64 %v61
  %v64 = load float, ptr %v63, align 4
  %v65 = getelementptr float, ptr %v59, i64 %v61
  store float %v64, ptr %v65, align 4
  %v66 = icmp eq i64 %v8, %v62
  br i1 %v66, label %v49, label %v60

v49:
  %v48 = add nuw nsw i64 %v47, 1
  %v67 = icmp eq i64 %v16, %v48
  br i1 %v67, label %v42, label %v46

v42:
  %v41 = add nuw nsw i64 %v40, 1
  %v68 = icmp eq i64 %v17, %v41
  br i1 %v68, label %v33, label %v39

v33:
  store ptr null, ptr %v0, align 8
  ret i32 0
}

define i32 @ridge.gather_rows_8ff96ea189eb(ptr %v0, ptr %v1, ptr %v2, i64 %v3, i64 %v4, ptr %v5, i64 %v6, i64 %v7, ptr %v8, i64 %v9, i64 %v10, i64 %v11) {
  %v12 = mul i64 4, %v4
  %v13 = mul i64 %v12, %v3
  %v14 = udiv exact i64 %v13, 4
  %v15 = mul i64 8, %v7
  %v16 = mul i64 %v15, %v6
  %v17 = udiv exact i64 %v16, 8
  %v18 = mul i64 4, %v11
  %v19 = mul i64 %v18, %v10
  %v20 = mul i64 %v19, %v9
  %v21 = udiv exact i64 %v20, 4
  %v22 = call i32 @part0(ptr %v0, ptr %v1, ptr null, ptr null, i64 %v14, i64 4, ptr %v2, i64 %v3, i64 %v4, i64 %v12, i64 4, ptr null, ptr null, i64 %v17, i64 8, ptr %v5, i64 %v6, i64 %v7, i64 %v15, i64 8, ptr null, ptr null, i64 %v21, i64 4, ptr %v8, i64 %v9, i64 %v10, i64 %v11, i64 %v19, i64 %v18, i64 4)
  ret i32 %v22
}
