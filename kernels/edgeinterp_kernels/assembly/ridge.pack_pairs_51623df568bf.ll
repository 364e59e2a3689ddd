define internal i32 @part0(ptr noalias captures(none) %v0, ptr noalias captures(none) %v1, ptr %v2, ptr %v3, i64 %v4, i64 %v5, ptr %v6, i64 %v7, i64 %v8, i64 %v9, i64 %v10, ptr %v11, ptr %v12, i64 %v13, i64 %v14, ptr %v15, i64 %v16, i64 %v17) {
v18:
  %v19 = icmp slt i64 %v7, 1
  br i1 %v19, label %v20, label %v21

v22:
  %v23 = phi i64 [ %v24, %v25 ], [ %v26, %v22 ]
  %v27 = phi i64 [ 0, %v25 ], [ %v28, %v22 ]
  %v28 = add nuw nsw i64 %v27, 1
  %v29 = getelementptr double, ptr %v30, i64 %v27
  %v31 = load double, ptr %v29, align 8
  %v32 = mul i64 %v27, %v8
  %v33 = getelementptr double, ptr %v34, i64 %v32
  %v35 = load double, ptr %v33, align 8
  %v36 = fadd double %v31, %v35
  %v37 = fmul double %v36, 2.000000e+00
  %v38 = icmp slt i64 %v23, 0
  %v39 = select i1 %v38, i64 %v16, i64 0
  %v40 = getelementptr double, ptr %v15, i64 %v23
  %v41 = getelementptr double, ptr %v40, i64 %v39
  store double %v37, ptr %v41, align 8
  %v26 = add nsw i64 %v23, 1
  %v42 = icmp eq i64 %v28, %v43
  br i1 %v42, label %v44, label %v22

v44:
  %v45-phi = phi i64 [ 0, %v21 ], [ %v46, %v22 ]
  %v47 = phi i64 [ %v24, %v21 ], [ %v26, %v22 ]
  %v48 = getelementptr double, ptr %v6, i64 %v45-phi
  %v49 = getelementptr double, ptr %v48, i64 %v43
  %v50 = load double, ptr %v49, align 8
  %v51 = fmul double %v50, 2.000000e+00
  %v52 = icmp slt i64 %v47, 0
  %v53 = select i1 %v52, i64 %v16, i64 0
  %v54 = getelementptr double, ptr %v15, i64 %v47
  %v55 = getelementptr double, ptr %v54, i64 %v53
  store double %v51, ptr %v55, align 8
  %v56 = add nsw i64 %v47, 1
  %v57 = icmp eq i64 %v7, %v58
  br i1 %v57, label %v20, label %v21

v20:
  store ptr null, ptr %v0, align 8
  ret i32 0

v21:
  %v24 = phi i64 [ %v56, %v44 ], [ 0, %v18 ]
  %v43 = phi i64 [ %v58, %v44 ], [ 0, %v18 ]
  %v58 = add nuw nsw i64 %v43, 1
  %v59 = icmp eq i64 %v43, 0
  br i1 %v59, label %v44, label %v25

v25:
  %v34 = getelementptr double, ptr %v6, i64 %v43
  %v46 = mul i64 %v43, %v8
  %v30 = getelementptr double, ptr %v6, i64 %v46
  br label %v22
}

define i32 @ridge.pack_pairs_51623df568bf(ptr %v0, ptr %v1, ptr %v2, i64 %v3, i64 %v4, ptr %v5, i64 %v6) {
  %v7 = mul i64 8, %v4
  %v8 = mul i64 %v7, %v3
  %v9 = udiv exact i64 %v8, 8
  %v10 = mul i64 8, %v6
  %v11 = udiv exact i64 %v10, 8
  %v12 = call i32 @part0(ptr %v0, ptr %v1, ptr null, ptr null, i64 %v9, i64 8, ptr %v2, i64 %v3, i64 %v4, i64 %v7, i64 8, ptr null, ptr null, i64 %v11, i64 8, ptr %v5, i64 %v6, i64 8)
  ret i32 %v12
}
