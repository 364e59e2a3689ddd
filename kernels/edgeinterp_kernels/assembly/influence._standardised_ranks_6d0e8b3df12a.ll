define internal i32 @part0(ptr noalias captures(none) %v0, ptr noalias captures(none) %v1, ptr %v2, ptr %v3, i64 %v4, i64 %v5, ptr %v6, i64 %v7, i64 %v8, i64 %v9, i64 %v10, i64 %v11, i64 %v12, ptr %v13, ptr %v14, i64 %v15, i64 %v16, ptr %v17, i64 %v18, i64 %v19, i64 %v20, i64 %v21, ptr %v22, ptr %v23, i64 %v24, i64 %v25, ptr %v26, i64 %v27, i64 %v28, i64 %v29, i64 %v30, i64 %v31, i64 %v32) {
v33:
  %v34 = icmp slt i64 %v7, 1
  br i1 %v34, label %v35, label %v36

v36:
  %v37 = icmp slt i64 %v8, 1
  %v38 = icmp sgt i64 %v9, 0
  %v39 = icmp slt i64 %v9, 1
  %v40 = mul i64 %v29, %v28
  br i1 %v37, label %v35, label %v41

v41:
  %v42 = phi i64 [ %v43, %v44 ], [ 0, %v36 ]
  %v45 = mul i64 %v42, %v8
  %v46 = mul i64 %v40, %v42
  %v47 = getelementptr double, ptr %v26, i64 %v46
  br label %v48

v48:
  %v49 = phi i64 [ 0, %v41 ], [ %v50, %v51 ]
  %v50 = add nuw nsw i64 %v49, 1
  br i1 %v38, label %v52, label %v51

v53:
  %v54 = fcmp ogt double %v55, 0.000000e+00
  br i1 %v54, label %v56, label %v51

v51:
  %v57 = icmp eq i64 %v8, %v50
  br i1 %v57, label %v44, label %v48

v58:
  %v59 = phi i64 [ 0, %v60 ], [ %v61, %v58 ]
  %v61 = add nuw nsw i64 %v59, 1
  %v62 = getelementptr double, ptr %v63, i64 %v59
  %v64 = load double, ptr %v62, align 8
  %v65 = fmul double %v66, %v64
  store double %v65, ptr %v62, align 8
  %v67 = icmp eq i64 %v9, %v61
  br i1 %v67, label %v51, label %v58

v68:
  %v69 = phi double [ 0.000000e+00, %v70 ], [ %v55, %v71 ]
  %v72 = phi i64 [ 0, %v70 ], [ %v73, %v71 ]
  %v73 = add nuw nsw i64 %v72, 1
  %v74 = getelementptr i8, ptr %v75, i64 %v72
  %v76 = load i8, ptr %v74, align 1
  %v77 = icmp eq i8 %v76, 0
  br i1 %v77, label %v71, label %v78

v79:
  %v80 = getelementptr double, ptr %v81, i64 %v72
  store double %v82, ptr %v80, align 8
  %v83 = fmul double %v82, %v82
  %v84 = fadd double %v69, %v83
  br label %v71

v85:
  %v86 = phi double [ %v87, %v78 ], [ %v82, %v88 ]
  %v89 = phi i64 [ 0, %v78 ], [ %v90, %v88 ]
  %v90 = add nuw nsw i64 %v89, 1
  %v91 = getelementptr i8, ptr %v75, i64 %v89
  %v92 = load i8, ptr %v91, align 1
  %v93 = icmp eq i8 %v92, 0
  br i1 %v93, label %v88, label %v94

v94:
  %v95 = getelementptr double, ptr %v96, i64 %v89
  %v97 = load double, ptr %v95, align 8
  %v98 = load double, ptr %v99, align 8
  %v100 = fcmp olt double %v97, %v98
  br i1 %v100, label %v101, label %v102

v102:
  %v103 = fcmp oeq double %v97, %v98
  br i1 %v103, label %v104, label %v88

v104:
  %v105 = fadd double %v86, 5.000000e-01
  br label %v88

v101:
  %v106 = fadd double %v86, 1.000000e+00
  br label %v88

v88:
  %v82 = phi double [ %v106, %v101 ], [ %v105, %v104 ], [ %v86, %v102 ], [ %v86, %v85 ]
  %v107 = icmp eq i64 %v9, %v90
  br i1 %v107, label %v79, label %v85

v71:
  %v55 = phi double [ %v84, %v79 ], [ %v69, %v68 ]
  %v108 = icmp eq i64 %v9, %v73
  br i1 %v108, label %v53, label %v68

v109:
  %v110 = phi i64 [ 0, %v52 ], [ %v111, %v109 ]
  %v112 = phi i64 [ 0, %v52 ], [ %v113, %v109 ]
  %v113 = add nuw nsw i64 %v112, 1
  %v114 = getelementptr i8, ptr %v115, i64 %v112
  %v116 = load i8, ptr %v114, align 1
  %v117 = icmp ne i8 %v116, 0
  %v118 = zext i1 %v117 to i64
  %v111 = add nuw nsw i64 %v110, %v118
  %v119 = icmp eq i64 %v9, %v113
  br i1 %v119, label %v70, label %v109

v56:
  %v120 = tail call double @sqrt(double %v55)
  %v66 = fdiv double 1.000000e+00, %v120
  br i1 %v39, label %v51, label %v60

v52:
  %v121 = mul i64 %v49, %v19
  %v115 = getelementptr i8, ptr %v17, i64 %v121
  br label %v109

v78:
  %v99 = getelementptr double, ptr %v96, i64 %v72
  br label %v85

v70:
  %v122 = add nsw i64 %v111, -1
  %v123 = sitofp i64 %v122 to double
  %v124 = fmul double %v123, 5.000000e-01
  %v125 = mul i64 %v49, %v19
  %v75 = getelementptr i8, ptr %v17, i64 %v125
  %v87 = fsub double -5.000000e-01, %v124
  %v126 = add i64 %v49, %v45
  %v127 = mul i64 %v126, %v9
  %v96 = getelementptr double, ptr %v6, i64 %v127
  %v128 = mul i64 %v49, %v29
  %v81 = getelementptr double, ptr %v47, i64 %v128
  br label %v68

v60:
  %v129 = mul i64 %v49, %v29
  %v63 = getelementptr double, ptr %v47, i64 %v129
  br label %v58

v44:
  %v43 = add nuw nsw i64 %v42, 1
  %v130 = icmp eq i64 %v43, %v7
  br i1 %v130, label %v35, label %v41

v35:
  store ptr null, ptr %v0, align 8
  ret i32 0
}

declare double @sqrt(double) #0

define i32 @influence._standardised_ranks_6d0e8b3df12a(ptr %v0, ptr %v1, ptr %v2, i64 %v3, i64 %v4, i64 %v5, ptr %v6, i64 %v7, i64 %v8, ptr %v9, i64 %v10, i64 %v11, i64 %v12) {
  %v13 = mul i64 8, %v5
  %v14 = mul i64 %v13, %v4
  %v15 = mul i64 %v14, %v3
  %v16 = udiv exact i64 %v15, 8
  %v17 = mul i64 1, %v8
  %v18 = mul i64 %v17, %v7
  %v19 = udiv exact i64 %v18, 1
  %v20 = mul i64 8, %v12
  %v21 = mul i64 %v20, %v11
  %v22 = mul i64 %v21, %v10
  %v23 = udiv exact i64 %v22, 8
  %v24 = call i32 @part0(ptr %v0, ptr %v1, ptr null, ptr null, i64 %v16, i64 8, ptr %v2, i64 %v3, i64 %v4, i64 %v5, i64 %v14, i64 %v13, i64 8, ptr null, ptr null, i64 %v19, i64 1, ptr %v6, i64 %v7, i64 %v8, i64 %v17, i64 1, ptr null, ptr null, i64 %v23, i64 8, ptr %v9, i64 %v10, i64 %v11, i64 %v12, i64 %v21, i64 %v20, i64 8)
  ret i32 %v24
}

attributes #0 = { nounwind memory(read) }
