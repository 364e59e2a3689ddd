define internal i32 @part0(ptr noalias captures(none) %v0, ptr noalias captures(none) %v1, ptr %v2, ptr %v3, i64 %v4, i64 %v5, ptr %v6, i64 %v7, i64 %v8, i64 %v9, i64 %v10, ptr %v11, ptr %v12, i64 %v13, i64 %v14, ptr %v15, i64 %v16, i64 %v17, i64 %v18, i64 %v19, ptr %v20, ptr %v21, i64 %v22, i64 %v23, ptr %v24, i64 %v25, i64 %v26, i64 %v27, i64 %v28, ptr %v29, ptr %v30, i64 %v31, i64 %v32, ptr %v33, i64 %v34, i64 %v35, i64 %v36, i64 %v37) {
v38:
  %v39 = freeze i64 %v8
  %v40 = getelementptr double, ptr %v24, i64 %v26
  %v41 = shl i64 %v26, 4
  %v42 = getelementptr i8, ptr %v24, i64 %v41
  %v43 = icmp slt i64 %v7, 1
  br i1 %v43, label %v44, label %v45

v45:
  %v46 = icmp sgt i64 %v39, 0
  %v47 = add nsw i64 %v7, -1
  %v48 = getelementptr double, ptr %v33, i64 %v35
  %v49 = shl i64 %v35, 4
  %v50 = getelementptr i8, ptr %v33, i64 %v49
  br i1 %v46, label %v51, label %v52

v51:
  %v53 = phi i64 [ %v54, %v55 ], [ 0, %v45 ]
  %v56 = mul i64 %v53, %v39
  %v57 = getelementptr double, ptr %v6, i64 %v56
  %v58 = mul i64 %v53, %v17
  %v59 = getelementptr double, ptr %v15, i64 %v58
  br label %v60

v55:
  %v61 = icmp eq i64 %v7, %v54
  br i1 %v61, label %v44, label %v51

v62:
  %v63 = phi i64 [ %v64, %v62 ], [ 0, %v65 ]
  %v64 = add nuw nsw i64 %v63, 1
  %v66 = getelementptr double, ptr %v33, i64 %v63
  %v67 = load double, ptr %v66, align 8
  %v68 = getelementptr double, ptr %v24, i64 %v63
  %v69 = load double, ptr %v68, align 8
  %v70 = fadd double %v67, %v69
  store double %v70, ptr %v66, align 8
  %v71 = getelementptr double, ptr %v48, i64 %v63
  %v72 = load double, ptr %v71, align 8
  %v73 = getelementptr double, ptr %v40, i64 %v63
  %v74 = load double, ptr %v73, align 8
  %v75 = fadd double %v72, %v74
  store double %v75, ptr %v71, align 8
  %v76 = getelementptr double, ptr %v50, i64 %v63
  %v77 = load double, ptr %v76, align 8
  %v78 = getelementptr double, ptr %v42, i64 %v63
  %v79 = load double, ptr %v78, align 8
  %v80 = fadd double %v77, %v79
  store double %v80, ptr %v76, align 8
  store double 0.000000e+00, ptr %v68, align 8
  store double 0.000000e+00, ptr %v73, align 8
  store double 0.000000e+00, ptr %v78, align 8
  %v81 = icmp eq i64 %v39, %v64
  br i1 %v81, label %v55, label %v62

v60:
  %v82 = phi i64 [ 0, %v51 ], [ %v83, %v60 ]
  %v83 = add nuw nsw i64 %v82, 1
  %v84 = getelementptr double, ptr %v57, i64 %v82
  %v85 = load double, ptr %v84, align 8
  %v86 = getelementptr double, ptr %v24, i64 %v82
  %v87 = load double, ptr %v86, align 8
  %v88 = getelementptr double, ptr %v59, i64 %v82
  %v89 = load double, ptr %v88, align 8
  %v90 = fmul double %v85, %v89
  %v91 = fadd double %v87, %v90
  store double %v91, ptr %v86, align 8
  %v92 = getelementptr double, ptr %v40, i64 %v82
  %v93 = load double, ptr %v92, align 8
  %v94 = fadd double %v85, %v93
  store double %v94, ptr %v92, align 8
  %v95 = getelementptr double, ptr %v42, i64 %v82
  %v96 = load double, ptr %v95, align 8
  %v97 = fmul double %v85, %v85
  %v98 = fadd double %v97, %v96
  store double %v98, ptr %v95, align 8
  %v99 = icmp eq i64 %v39, %v83
  br i1 %v99, label %v65, label %v60

v65:
  %v54 = add nuw nsw i64 %v53, 1
  %v100 = and i64 %v53, 63
  %v101 = icmp eq i64 %v100, 63
  %v102 = icmp eq i64 %v53, %v47
  %v103 = select i1 %v101, i1 true, i1 %v102
  br i1 %v103, label %v62, label %v55

v44:
  store ptr null, ptr %v0, align 8
  ret i32 0

v52:
  %v104 = phi i64 [ %v105, %v52 ], [ 0, %v45 ]
  %v105 = add nuw nsw i64 %v104, 1
  %v106 = icmp eq i64 %v7, %v105
  br i1 %v106, label %v44, label %v52
}

define i32 @ridge._pearson_moments_6d6b3e7e1ce0(ptr %v0, ptr %v1, ptr %v2, i64 %v3, i64 %v4, ptr %v5, i64 %v6, i64 %v7, ptr %v8, i64 %v9, i64 %v10, ptr %v11, i64 %v12, i64 %v13) {
  %v14 = mul i64 8, %v4
  %v15 = mul i64 %v14, %v3
  %v16 = udiv exact i64 %v15, 8
  %v17 = mul i64 8, %v7
  %v18 = mul i64 %v17, %v6
  %v19 = udiv exact i64 %v18, 8
  %v20 = mul i64 8, %v10
  %v21 = mul i64 %v20, %v9
  %v22 = udiv exact i64 %v21, 8
  %v23 = mul i64 8, %v13
  %v24 = mul i64 %v23, %v12
  %v25 = udiv exact i64 %v24, 8
  %v26 = call i32 @part0(ptr %v0, ptr %v1, ptr null, ptr null, i64 %v16, i64 8, ptr %v2, i64 %v3, i64 %v4, i64 %v14, i64 8, ptr null, ptr null, i64 %v19, i64 8, ptr %v5, i64 %v6, i64 %v7, i64 %v17, i64 8, ptr null, ptr null, i64 %v22, i64 8, ptr %v8, i64 %v9, i64 %v10, i64 %v20, i64 8, ptr null, ptr null, i64 %v25, i64 8, ptr %v11, i64 %v12, i64 %v13, i64 %v23, i64 8)
  ret i32 %v26
}
