define internal i32 @part0(ptr noalias captures(none) %v0, ptr noalias captures(none) %v1, ptr %v2, ptr %v3, i64 %v4, i64 %v5, ptr %v6, i64 %v7, i64 %v8, i64 %v9, i64 %v10, ptr %v11, ptr %v12, i64 %v13, i64 %v14, ptr %v15, i64 %v16, i64 %v17, i64 %v18, i64 %v19, ptr %v20, ptr %v21, i64 %v22, i64 %v23, ptr %v24, i64 %v25, i64 %v26, i64 %v27, i64 %v28, ptr %v29, ptr %v30, i64 %v31, i64 %v32, ptr %v33, i64 %v34, i64 %v35, i64 %v36, i64 %v37) {
v38:
  %v39 = freeze i64 %v8
  %v40 = getelementptr float, ptr %v24, i64 %v26
  %v41 = shl i64 %v26, 3
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
  %v57 = getelementptr float, ptr %v6, i64 %v56
  %v58 = mul i64 %v53, %v17
  %v59 = getelementptr float, ptr %v15, i64 %v58
  br label %v60

v55:
  %v61 = icmp eq i64 %v7, %v54
  br i1 %v61, label %v44, label %v51

v62:
  %v63 = phi i64 [ %v64, %v62 ], [ 0, %v65 ]
  %v64 = add nuw nsw i64 %v63, 1
  %v66 = getelementptr double, ptr %v33, i64 %v63
  %v67 = load double, ptr %v66, align 8
  %v68 = getelementptr float, ptr %v24, i64 %v63
  %v69 = load float, ptr %v68, align 4
  %v70 = fpext float %v69 to double
  %v71 = fadd double %v67, %v70
  store double %v71, ptr %v66, align 8
  %v72 = getelementptr double, ptr %v48, i64 %v63
  %v73 = load double, ptr %v72, align 8
  %v74 = getelementptr float, ptr %v40, i64 %v63
  %v75 = load float, ptr %v74, align 4
  %v76 = fpext float %v75 to double
  %v77 = fadd double %v73, %v76
  store double %v77, ptr %v72, align 8
  %v78 = getelementptr double, ptr %v50, i64 %v63
  %v79 = load double, ptr %v78, align 8
  %v80 = getelementptr float, ptr %v42, i64 %v63
  %v81 = load float, ptr %v80, align 4
  %v82 = fpext float %v81 to double
  %v83 = fadd double %v79, %v82
  store double %v83, ptr %v78, align 8
  store float 0.000000e+00, ptr %v68, align 4
  store float 0.000000e+00, ptr %v74, align 4
  store float 0.000000e+00, ptr %v80, align 4
  %v84 = icmp eq i64 %v39, %v64
  br i1 %v84, label %v55, label %v62

v60:
  %v85 = phi i64 [ 0, %v51 ], [ %v86, %v60 ]
  %v86 = add nuw nsw i64 %v85, 1
  %v87 = getelementptr float, ptr %v57, i64 %v85
  %v88 = load float, ptr %v87, align 4
  %v89 = getelementptr float, ptr %v24, i64 %v85
  %v90 = load float, ptr %v89, align 4
  %v91 = getelementptr float, ptr %v59, i64 %v85
  %v92 = load float, ptr %v91, align 4
  %v93 = fmul float %v88, %v92
  %v94 = fadd float %v90, %v93
  store float %v94, ptr %v89, align 4
  %v95 = getelementptr float, ptr %v40, i64 %v85
  %v96 = load float, ptr %v95, align 4
  %v97 = fadd float %v88, %v96
  store float %v97, ptr %v95, align 4
  %v98 = getelementptr float, ptr %v42, i64 %v85
  %v99 = load float, ptr %v98, align 4
  %v100 = fmul float %v88, %v88
  %v101 = fadd float %v100, %v99
  store float %v101, ptr %v98, align 4
  %v102 = icmp eq i64 %v39, %v86
  br i1 %v102, label %v65, label %v60

v65:
  %v54 = add nuw nsw i64 %v53, 1
  %v103 = and i64 %v53, 63
  %v104 = icmp eq i64 %v103, 63
  %v105 = icmp eq i64 %v53, %v47
  %v106 = select i1 %v104, i1 true, i1 %v105
  br i1 %v106, label %v62, label %v55

v44:
  store ptr null, ptr %v0, align 8
  ret i32 0

v52:
  %v107 = phi i64 [ %v108, %v52 ], [ 0, %v45 ]
  %v108 = add nuw nsw i64 %v107, 1
  %v109 = icmp eq i64 %v7, %v108
  br i1 %v109, label %v44, label %v52
}

define i32 @ridge._pearson_moments_90e6e3c2449c(ptr %v0, ptr %v1, ptr %v2, i64 %v3, i64 %v4, ptr %v5, i64 %v6, i64 %v7, ptr %v8, i64 %v9, i64 %v10, ptr %v11, i64 %v12, i64 %v13) {
  %v14 = mul i64 4, %v4
  %v15 = mul i64 %v14, %v3
  %v16 = udiv exact i64 %v15, 4
  %v17 = mul i64 4, %v7
  %v18 = mul i64 %v17, %v6
  %v19 = udiv exact i64 %v18, 4
  %v20 = mul i64 4, %v10
  %v21 = mul i64 %v20, %v9
  %v22 = udiv exact i64 %v21, 4
  %v23 = mul i64 8, %v13
  %v24 = mul i64 %v23, %v12
  %v25 = udiv exact i64 %v24, 8
  %v26 = call i32 @part0(ptr %v0, ptr %v1, ptr null, ptr null, i64 %v16, i64 4, ptr %v2, i64 %v3, i64 %v4, i64 %v14, i64 4, ptr null, ptr null, i64 %v19, i64 4, ptr %v5, i64 %v6, i64 %v7, i64 %v17, i64 4, ptr null, ptr null, i64 %v22, i64 4, ptr %v8, i64 %v9, i64 %v10, i64 %v20, i64 4, ptr null, ptr null, i64 %v25, i64 8, ptr %v11, i64 %v12, i64 %v13, i64 %v23, i64 8)
  ret i32 %v26
}
