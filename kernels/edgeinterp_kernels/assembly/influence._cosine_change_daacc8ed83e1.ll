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
  %v53 = phi double [ %v54, %v52 ], [ 0.000000e+00, %v49 ], [ 0.000000e+00, %v42 ]
  %v55 = mul i64 %v44, %v18
  %v56 = getelementptr float, ptr %v15, i64 %v55
  %v57 = fcmp oeq double %v53, 0.000000e+00
  %v58 = mul i64 %v44, %v8
  %v59 = getelementptr float, ptr %v6, i64 %v58
  %v60 = mul i64 %v44, %v29
  %v61 = getelementptr double, ptr %v27, i64 %v60
  br label %v62

v62:
  %v63 = phi i64 [ 0, %v48 ], [ %v64, %v65 ]
  %v64 = add nuw nsw i64 %v63, 1
  br i1 %v39, label %v66, label %v67

v68:
  %v69 = fcmp ogt double %v70, 0.000000e+00
  br i1 %v69, label %v71, label %v66

v72:
  %v73 = getelementptr double, ptr %v61, i64 %v63
  %v74 = load double, ptr %v73, align 8
  %v75 = fmul double %v41, %v76
  %v77 = fadd double %v75, %v74
  store double %v77, ptr %v73, align 8
  br label %v65

v78:
  %v79 = phi double [ 0.000000e+00, %v80 ], [ %v76, %v78 ]
  %v81 = phi i64 [ 0, %v80 ], [ %v82, %v78 ]
  %v82 = add nuw nsw i64 %v81, 1
  %v83 = getelementptr float, ptr %v59, i64 %v81
  %v84 = load float, ptr %v83, align 4
  %v85 = fpext float %v84 to double
  %v86 = fmul double %v53, %v85
  %v87 = getelementptr float, ptr %v88, i64 %v81
  %v89 = load float, ptr %v87, align 4
  %v90 = fpext float %v89 to double
  %v91 = fmul double %v92, %v90
  %v93 = fsub double %v86, %v91
  %v94 = fmul double %v93, %v93
  %v76 = fadd double %v79, %v94
  %v95 = icmp eq i64 %v18, %v82
  br i1 %v95, label %v72, label %v78

v66:
  %v96 = phi double [ %v92, %v71 ], [ 0.000000e+00, %v68 ], [ 0.000000e+00, %v62 ]
  %v97 = getelementptr double, ptr %v61, i64 %v63
  %v98 = load double, ptr %v97, align 8
  %v99 = fcmp une double %v53, %v96
  %v100 = uitofp i1 %v99 to double
  %v101 = fmul double %v22, %v100
  %v102 = fadd double %v98, %v101
  store double %v102, ptr %v97, align 8
  br label %v65

v65:
  %v103 = icmp eq i64 %v36, %v64
  br i1 %v103, label %v46, label %v62

v104:
  %v105 = phi double [ 0.000000e+00, %v67 ], [ %v70, %v104 ]
  %v106 = phi i64 [ 0, %v67 ], [ %v107, %v104 ]
  %v107 = add nuw nsw i64 %v106, 1
  %v108 = getelementptr float, ptr %v109, i64 %v106
  %v110 = load float, ptr %v108, align 4
  %v111 = fpext float %v110 to double
  %v112 = fmul double %v111, %v111
  %v70 = fadd double %v105, %v112
  %v113 = icmp eq i64 %v18, %v107
  br i1 %v113, label %v68, label %v104

v114:
  %v115 = phi double [ 0.000000e+00, %v47 ], [ %v51, %v114 ]
  %v116 = phi i64 [ 0, %v47 ], [ %v117, %v114 ]
  %v117 = add nuw nsw i64 %v116, 1
  %v118 = getelementptr float, ptr %v119, i64 %v116
  %v120 = load float, ptr %v118, align 4
  %v121 = fpext float %v120 to double
  %v122 = fmul double %v121, %v121
  %v51 = fadd double %v115, %v122
  %v123 = icmp eq i64 %v18, %v117
  br i1 %v123, label %v49, label %v114

v71:
  %v124 = tail call double @sqrt(double %v70)
  %v92 = fdiv double 1.000000e+00, %v124
  %v125 = fcmp oeq double %v92, 0.000000e+00
  %v126 = select i1 %v57, i1 true, i1 %v125
  br i1 %v126, label %v66, label %v80

v52:
  %v127 = tail call double @sqrt(double %v51)
  %v54 = fdiv double 1.000000e+00, %v127
  br label %v48

v47:
  %v128 = mul i64 %v44, %v8
  %v119 = getelementptr float, ptr %v6, i64 %v128
  br label %v114

v67:
  %v129 = mul i64 %v40, %v63
  %v109 = getelementptr float, ptr %v56, i64 %v129
  br label %v104

v80:
  %v130 = mul i64 %v40, %v63
  %v88 = getelementptr float, ptr %v56, i64 %v130
  br label %v78

v46:
  %v131 = icmp eq i64 %v17, %v45
  br i1 %v131, label %v34, label %v42

v43:
  br i1 %v37, label %v132, label %v34

v132:
  %v133 = phi i64 [ %v134, %v135 ], [ 0, %v43 ]
  %v136 = mul i64 %v133, %v8
  %v137 = getelementptr float, ptr %v6, i64 %v136
  br label %v138

v135:
  %v139 = icmp eq i64 %v17, %v134
  br i1 %v139, label %v34, label %v132

v138:
  %v140 = phi double [ 0.000000e+00, %v132 ], [ %v141, %v138 ]
  %v142 = phi i64 [ 0, %v132 ], [ %v143, %v138 ]
  %v143 = add nuw nsw i64 %v142, 1
  %v144 = getelementptr float, ptr %v137, i64 %v142
  %v145 = load float, ptr %v144, align 4
  %v146 = fpext float %v145 to double
  %v147 = fmul double %v146, %v146
  %v141 = fadd double %v140, %v147
  %v148 = icmp eq i64 %v18, %v143
  br i1 %v148, label %v149, label %v138

v150:
  %v151 = tail call double @sqrt(double %v141)
  br label %v135

v149:
  %v134 = add nuw nsw i64 %v133, 1
  %v152 = fcmp ogt double %v141, 0.000000e+00
  br i1 %v152, label %v150, label %v135

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
