define internal i32 @part0(ptr noalias captures(none) %v0, ptr noalias captures(none) %v1, ptr %v2, ptr %v3, i64 %v4, i64 %v5, ptr %v6, i64 %v7, i64 %v8, ptr %v9, ptr %v10, i64 %v11, i64 %v12, ptr %v13, i64 %v14, i64 %v15, ptr %v16, ptr %v17, i64 %v18, i64 %v19, ptr %v20, i64 %v21, i64 %v22) {
v23:
  %v24 = load i64, ptr %v20, align 8
  %v25 = icmp sgt i64 %v24, 1
  br i1 %v25, label %v26, label %v27

v26:
  %v28 = phi i64 [ %v29, %v26 ], [ 1, %v23 ]
  %v30 = shl nsw i64 %v28, 1
  %v29 = or disjoint i64 %v30, 1
  %v31 = icmp slt i64 %v29, %v24
  br i1 %v31, label %v26, label %v27

v27:
  %v32 = phi i64 [ 1, %v23 ], [ %v29, %v26 ]
  %v33 = icmp sgt i64 %v14, 0
  br i1 %v33, label %v34, label %v35

v34:
  %v36 = phi i64 [ %v37, %v38 ], [ %v32, %v27 ]
  %v39 = phi i64 [ %v40, %v38 ], [ %v24, %v27 ]
  %v41 = phi i64 [ %v42, %v38 ], [ 0, %v27 ]
  %v42 = add nuw nsw i64 %v41, 1
  %v43 = icmp eq i64 %v39, 0
  br i1 %v43, label %v35, label %v44

v44:
  %v45 = mul i64 %v41, %v15
  %v46 = getelementptr i8, ptr %v13, i64 %v45
  %v47 = load i32, ptr %v46, align 4
  %v48 = lshr i64 %v36, 1
  %v49 = icmp sgt i64 %v39, %v48
  %v37 = select i1 %v49, i64 %v36, i64 %v48
  %v50 = zext i32 %v47 to i64
  %v51 = and i64 %v37, %v50
  %v52 = icmp sgt i64 %v51, %v39
  br i1 %v52, label %v38, label %v53

v53:
  %v54 = getelementptr i64, ptr %v6, i64 %v51
  %v55 = load i64, ptr %v54, align 8
  %v56 = getelementptr i64, ptr %v6, i64 %v39
  %v57 = load i64, ptr %v56, align 8
  store i64 %v57, ptr %v54, align 8
  store i64 %v55, ptr %v56, align 8
  %v58 = add nsw i64 %v39, -1
  br label %v38

v38:
  %v40 = phi i64 [ %v58, %v53 ], [ %v39, %v44 ]
  %v59 = icmp eq i64 %v42, %v14
  br i1 %v59, label %v35, label %v34

v35:
  %v60 = phi i64 [ %v24, %v27 ], [ %v40, %v38 ], [ 0, %v34 ]
  store i64 %v60, ptr %v20, align 8
  store ptr null, ptr %v0, align 8
  ret i32 0
}

define i32 @shuffling._exchange_21f3fc99ba20(ptr %v0, ptr %v1, ptr %v2, i64 %v3, ptr %v4, i64 %v5, ptr %v6, i64 %v7) {
  %v8 = mul i64 8, %v3
  %v9 = udiv exact i64 %v8, 8
  %v10 = mul i64 4, %v5
  %v11 = udiv exact i64 %v10, 4
  %v12 = mul i64 8, %v7
  %v13 = udiv exact i64 %v12, 8
  %v14 = call i32 @part0(ptr %v0, ptr %v1, ptr null, ptr null, i64 %v9, i64 8, ptr %v2, i64 %v3, i64 8, ptr null, ptr null, i64 %v11, i64 4, ptr %v4, i64 %v5, i64 4, ptr null, ptr null, i64 %v13, i64 8, ptr %v6, i64 %v7, i64 8)
  ret i32 %v14
}
