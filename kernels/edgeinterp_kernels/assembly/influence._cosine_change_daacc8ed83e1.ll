define internal i32 @part0(ptr noalias captures(none) %v0, ptr noalias captures(none) %v1, ptr %v2, ptr %v3, i64 %v4, i64 %v5, ptr %v6, i64 %v7, i64 %v8, i64 %v9, i64 %v10, ptr %v11, ptr %v12, i64 %v13, i64 %v14, ptr %v15, i64 %v16, i64 %v17, i64 %v18, i64 %v19, i64 %v20, i64 %v21, double %v22, ptr %v23, ptr %v24, i64 %v25, i64 %v26, ptr %v27, i64 %v28, i64 %v29, i64 %v30, i64 %v31) {
v32:
  %v33 = icmp slt i64 %v17, 1
  br i1 %v33, label %v34, label %v35

v35:
  %v36 = freeze i64 %v16
  %v37 = icmp sgt i64 %v18, 0
  %v38 = icmp sgt i64 %v36, 0
  %v39 = icmp slt i64 %v18, 1
  %v40 = mul i64 %v18, %v17
  %v41 = fmul double %v22, 5.000000e-01
  br i1 %v38, label %v42, label %v43

v42:
  %v44 = phi i64 [ %v45, %v46 ], [ 0, %v35 ]
  %v45 = add nuw nsw i64 %v44, 1
  br i1 %v37, label %v47, label %v48

v49:
  %v50 = fcmp ogt double %v51, 0.000000e+00
  br i1 %v50, label %v52, label %v48

v48:
  %"$phi282.1.2.1.us" = phi double [ %v53, %v52 ], [ 0.000000e+00, %v49 ], [ 0.000000e+00, %v42 ]
  %v54 = mul i64 %v44, %v18
  %v55 = getelementptr float, ptr %v15, i64 %v54
  %v56 = fcmp oeq double %"$phi282.1.2.1.us", 0.000000e+00
  %v57 = mul i64 %v44, %v8
  %v58 = getelementptr float, ptr %v6, i64 %v57
  %v59 = mul i64 %v44, %v29
  %v60 = getelementptr double, ptr %v27, i64 %v59
  br label %v61

v61:
  %v62 = phi i64 [ 0, %v48 ], [ %v63, %v64 ]
  %v63 = add nuw nsw i64 %v62, 1
  br i1 %v39, label %v65, label %v66

v67:
  %v68 = fcmp ogt double %v69, 0.000000e+00
  br i1 %v68, label %v70, label %v65

v71:
  %v72 = getelementptr double, ptr %v60, i64 %v62
  %v73 = load double, ptr %v72, align 8
  %v74 = fmul double %v41, %v75
  %v76 = fadd double %v74, %v73
  store double %v76, ptr %v72, align 8
  br label %v64

v77:
  %v78 = phi double [ 0.000000e+00, %v79 ], [ %v75, %v77 ]
  %v80 = phi i64 [ 0, %v79 ], [ %v81, %v77 ]
  %v81 = add nuw nsw i64 %v80, 1
  %v82 = getelementptr float, ptr %v58, i64 %v80
  %v83 = load float, ptr %v82, align 4
  %v84 = fpext float %v83 to double
  %v85 = fmul double %"$phi282.1.2.1.us", %v84
  %v86 = getelementptr float, ptr %v87, i64 %v80
  %v88 = load float, ptr %v86, align 4
  %v89 = fpext float %v88 to double
  %v90 = fmul double %v91, %v89
  %v92 = fsub double %v85, %v90
  %v93 = fmul double %v92, %v92
  %v75 = fadd double %v78, %v93
  %v94 = icmp eq i64 %v18, %v81
  br i1 %v94, label %v71, label %v77

v65:
  %"$phi544.2.2.2455.us" = phi double [ %v91, %v70 ], [ 0.000000e+00, %v67 ], [ 0.000000e+00, %v61 ]
  %v95 = getelementptr double, ptr %v60, i64 %v62
  %v96 = load double, ptr %v95, align 8
  %v97 = fcmp une double %"$phi282.1.2.1.us", %"$phi544.2.2.2455.us"
  %v98 = uitofp i1 %v97 to double
  %v99 = fmul double %v22, %v98
  %v100 = fadd double %v96, %v99
  store double %v100, ptr %v95, align 8
  br label %v64

v64:
  %v101 = icmp eq i64 %v36, %v63
  br i1 %v101, label %v46, label %v61

v102:
  %v103 = phi double [ 0.000000e+00, %v66 ], [ %v69, %v102 ]
  %v104 = phi i64 [ 0, %v66 ], [ %v105, %v102 ]
  %v105 = add nuw nsw i64 %v104, 1
  %v106 = getelementptr float, ptr %v107, i64 %v104
  %v108 = load float, ptr %v106, align 4
  %v109 = fpext float %v108 to double
  %v110 = fmul double %v109, %v109
  %v69 = fadd double %v103, %v110
  %v111 = icmp eq i64 %v18, %v105
  br i1 %v111, label %v67, label %v102

v112:
  %v113 = phi double [ 0.000000e+00, %v47 ], [ %v51, %v112 ]
  %v114 = phi i64 [ 0, %v47 ], [ %v115, %v112 ]
  %v115 = add nuw nsw i64 %v114, 1
  %v116 = getelementptr float, ptr %v117, i64 %v114
  %v118 = load float, ptr %v116, align 4
  %v119 = fpext float %v118 to double
  %v120 = fmul double %v119, %v119
  %v51 = fadd double %v113, %v120
  %v121 = icmp eq i64 %v18, %v115
  br i1 %v121, label %v49, label %v112

v70:
  %v122 = tail call double @sqrt(double %v69)
  %v91 = fdiv double 1.000000e+00, %v122
  %v123 = fcmp oeq double %v91, 0.000000e+00
  %v124 = select i1 %v56, i1 true, i1 %v123
  br i1 %v124, label %v65, label %v79

v52:
  %v125 = tail call double @sqrt(double %v51)
  %v53 = fdiv double 1.000000e+00, %v125
  br label %v48

v47:
  %v126 = mul i64 %v44, %v8
  %v117 = getelementptr float, ptr %v6, i64 %v126
  br label %v112

v66:
  %v127 = mul i64 %v40, %v62
  %v107 = getelementptr float, ptr %v55, i64 %v127
  br label %v102

v79:
  %v128 = mul i64 %v40, %v62
  %v87 = getelementptr float, ptr %v55, i64 %v128
  br label %v77

v46:
  %v129 = icmp eq i64 %v17, %v45
  br i1 %v129, label %v34, label %v42

v43:
  br i1 %v37, label %v130, label %v34

v130:
  %v131 = phi i64 [ %v132, %v133 ], [ 0, %v43 ]
  %v134 = mul i64 %v131, %v8
  %v135 = getelementptr float, ptr %v6, i64 %v134
  br label %v136

v133:
  %v137 = icmp eq i64 %v17, %v132
  br i1 %v137, label %v34, label %v130

v136:
  %v138 = phi double [ 0.000000e+00, %v130 ], [ %v139, %v136 ]
  %v140 = phi i64 [ 0, %v130 ], [ %v141, %v136 ]
  %v141 = add nuw nsw i64 %v140, 1
  %v142 = getelementptr float, ptr %v135, i64 %v140
  %v143 = load float, ptr %v142, align 4
  %v144 = fpext float %v143 to double
  %v145 = fmul double %v144, %v144
  %v139 = fadd double %v138, %v145
  %v146 = icmp eq i64 %v18, %v141
  br i1 %v146, label %v147, label %v136

v148:
  %v149 = tail call double @sqrt(double %v139)
  br label %v133

v147:
  %v132 = add nuw nsw i64 %v131, 1
  %v150 = fcmp ogt double %v139, 0.000000e+00
  br i1 %v150, label %v148, label %v133

v34:
  store ptr null, ptr %v0, align 8
  ret i32 0
}


declare double @sqrt(double) #0

define i32 @influence._cosine_change_daacc8ed83e1(ptr %v0, ptr %v1, ptr %v2, i64 %v3, i64 %v4, ptr %v5, i64 %v6, i64 %v7, i64 %v8, double %v9, ptr %v10, i64 %v11, i64 %v12) {
  %v13 = mul i64 4, %v4
  %v14 = mul i64 %v13, %v3
  %v15 = udiv exact i64 %v14, 4
  %v16 = mul i64 4, %v8
  %v17 = mul i64 %v16, %v7
  %v18 = mul i64 %v17, %v6
  %v19 = udiv exact i64 %v18, 4
  %v20 = mul i64 8, %v12
  %v21 = mul i64 %v20, %v11
  %v22 = udiv exact i64 %v21, 8
  %v23 = call i32 @part0(ptr %v0, ptr %v1, ptr null, ptr null, i64 %v15, i64 4, ptr %v2, i64 %v3, i64 %v4, i64 %v13, i64 4, ptr null, ptr null, i64 %v19, i64 4, ptr %v5, i64 %v6, i64 %v7, i64 %v8, i64 %v17, i64 %v16, i64 4, double %v9, ptr null, ptr null, i64 %v22, i64 8, ptr %v10, i64 %v11, i64 %v12, i64 %v20, i64 8)
  ret i32 %v23
}

attributes #0 = { nounwind memory(read) }
