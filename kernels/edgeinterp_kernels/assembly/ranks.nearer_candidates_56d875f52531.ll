define internal i32 @part0(ptr noalias captures(none) %v0, ptr noalias captures(none) %v1, ptr %v2, ptr %v3, i64 %v4, i64 %v5, ptr %v6, i64 %v7, i64 %v8, i64 %v9, i64 %v10, i64 %v11, double %v12, ptr %v13, ptr %v14, i64 %v15, i64 %v16, ptr %v17, i64 %v18, i64 %v19, i64 %v20, i64 %v21) {
v22:
  %v23 = icmp slt i64 %v7, 1
  br i1 %v23, label %v24, label %v25

v25:
  %v26 = icmp slt i64 %v8, 1
  br i1 %v26, label %v27, label %v28

v28:
  %v29 = phi i64 [ %v30, %v31 ], [ 0, %v25 ]
  %v32 = add nsw i64 %v29, %v11
  %v33 = icmp slt i64 %v32, 0
  %v34 = select i1 %v33, i64 %v8, i64 0
  %v35 = mul i64 %v29, %v8
  %v36 = getelementptr double, ptr %v6, i64 %v35
  %v37 = getelementptr double, ptr %v36, i64 %v32
  %v38 = getelementptr double, ptr %v37, i64 %v34
  %v39 = load double, ptr %v38, align 8
  %v40 = fadd double %v12, %v39
  br label %v41

v41:
  %v42 = phi i64 [ 0, %v28 ], [ %v43, %v41 ]
  %v44 = phi i64 [ 0, %v28 ], [ %v45, %v41 ]
  %v46 = phi i64 [ 0, %v28 ], [ %v47, %v41 ]
  %v47 = add nuw nsw i64 %v46, 1
  %v48 = getelementptr double, ptr %v36, i64 %v46
  %v49 = load double, ptr %v48, align 8
  %v50 = fcmp ogt double %v49, %v40
  %v51 = zext i1 %v50 to i64
  %v45 = add nuw nsw i64 %v44, %v51
  %v52 = fsub double %v49, %v39
  %v53 = tail call double @llvm.fabs.f64(double %v52)
  %v54 = fcmp ole double %v53, %v12
  %v55 = zext i1 %v54 to i64
  %v43 = add nuw nsw i64 %v42, %v55
  %v56 = icmp eq i64 %v8, %v47
  br i1 %v56, label %v31, label %v41

v31:
  %v30 = add nuw nsw i64 %v29, 1
  %v57 = add nsw i64 %v43, -1
  %v58 = mul i64 %v29, %v19
  %v59 = getelementptr i64, ptr %v17, i64 %v58
  store i64 %v45, ptr %v59, align 8
  %v60 = getelementptr i8, ptr %v59, i64 8
  store i64 %v57, ptr %v60, align 8
  %v61 = icmp eq i64 %v30, %v7
  br i1 %v61, label %v24, label %v28

v24:
  store ptr null, ptr %v0, align 8
  ret i32 0

v27:
  %v62 = phi i64 [ %v63, %v27 ], [ 0, %v25 ]
  %v63 = add nuw nsw i64 %v62, 1
  %v64 = mul i64 %v62, %v19
  %v65 = getelementptr i64, ptr %v17, i64 %v64
  store i64 0, ptr %v65, align 8
  %v66 = getelementptr i8, ptr %v65, i64 8
  store i64 -1, ptr %v66, align 8
  %v67 = icmp eq i64 %v63, %v7
  br i1 %v67, label %v24, label %v27
}

declare double @llvm.fabs.f64(double)

define i32 @ranks.nearer_candidates_56d875f52531(ptr %v0, ptr %v1, ptr %v2, i64 %v3, i64 %v4, i64 %v5, double %v6, ptr %v7, i64 %v8, i64 %v9) {
  %v10 = mul i64 8, %v4
  %v11 = mul i64 %v10, %v3
  %v12 = udiv exact i64 %v11, 8
  %v13 = mul i64 8, %v9
  %v14 = mul i64 %v13, %v8
  %v15 = udiv exact i64 %v14, 8
  %v16 = call i32 @part0(ptr %v0, ptr %v1, ptr null, ptr null, i64 %v12, i64 8, ptr %v2, i64 %v3, i64 %v4, i64 %v10, i64 8, i64 %v5, double %v6, ptr null, ptr null, i64 %v15, i64 8, ptr %v7, i64 %v8, i64 %v9, i64 %v13, i64 8)
  ret i32 %v16
}
