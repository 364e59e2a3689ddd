define internal i32 @part0(ptr noalias captures(none) %v0, ptr noalias captures(none) %v1, ptr %v2, ptr %v3, i64 %v4, i64 %v5, ptr %v6, i64 %v7, i64 %v8, i64 %v9, i64 %v10, i64 %v11, i64 %v12, ptr %v13, ptr %v14, i64 %v15, i64 %v16, ptr %v17, i64 %v18, i64 %v19, ptr %v20, ptr %v21, i64 %v22, i64 %v23, ptr %v24, i64 %v25, i64 %v26, i64 %v27, i64 %v28, ptr %v29, ptr %v30, i64 %v31, i64 %v32, ptr %v33, i64 %v34, i64 %v35, ptr %v36, ptr %v37, i64 %v38, i64 %v39, ptr %v40, i64 %v41, i64 %v42, ptr %v43, ptr %v44, i64 %v45, i64 %v46, ptr %v47, i64 %v48, i64 %v49, ptr %v50, ptr %v51, i64 %v52, i64 %v53, ptr %v54, i64 %v55, i64 %v56, i64 %v57, i64 %v58, ptr %v59, ptr %v60, i64 %v61, i64 %v62, ptr %v63, i64 %v64, i64 %v65, i64 %v66, i64 %v67) {
v68:
  %v69 = icmp slt i64 %v25, 1
  br i1 %v69, label %v70, label %v71

v71:
  %v72 = icmp sgt i64 %v34, 1
  %v73 = mul i64 %v9, %v8
  %v74 = sitofp i64 %v7 to double
  %v75 = getelementptr double, ptr %v54, i64 %v56
  br i1 %v72, label %v76, label %v70

v76:
  %v77 = add nsw i64 %v34, -2
  br label %v78

v78:
  %v79 = phi i64 [ %v80, %v81 ], [ 0, %v76 ]
  %v82 = mul i64 %v79, %v26
  %v83 = getelementptr i32, ptr %v24, i64 %v82
  %v84 = mul i64 %v79, %v65
  %v85 = getelementptr double, ptr %v63, i64 %v84
  br label %v86

v86:
  %v87 = phi i64 [ 0, %v78 ], [ %v88, %v89 ]
  %v88 = add nuw nsw i64 %v87, 1
  %v90 = getelementptr i64, ptr %v33, i64 %v87
  %v91 = load i64, ptr %v90, align 8
  %v92 = getelementptr i8, ptr %v90, i64 8
  %v93 = load i64, ptr %v92, align 8
  %v94 = sub i64 %v93, %v91
  %v95 = icmp slt i64 %v94, 1
  br i1 %v95, label %v96, label %v97

v96:
  %v98 = phi double [ 0.000000e+00, %v86 ], [ %v99, %v100 ]
  %v101 = phi double [ 0.000000e+00, %v86 ], [ %v102, %v100 ]
  %v103 = phi double [ 0.000000e+00, %v86 ], [ %v104, %v100 ]
  %v105 = fmul double %v101, %v101
  %v106 = fdiv double %v105, %v74
  %v107 = fsub double %v103, %v106
  %v108 = getelementptr double, ptr %v75, i64 %v87
  %v109 = load double, ptr %v108, align 8
  %v110 = fmul double %v109, 0x3AF357C299A88EA7
  %v111 = fcmp ogt double %v107, %v110
  %v112 = fcmp ogt double %v109, 0.000000e+00
  %v113 = and i1 %v112, %v111
  br i1 %v113, label %v114, label %v89

v114:
  %v115 = getelementptr double, ptr %v54, i64 %v87
  %v116 = load double, ptr %v115, align 8
  %v117 = fmul double %v101, %v116
  %v118 = fsub double %v98, %v117
  %v119 = fmul double %v107, %v109
  %v120 = tail call double @sqrt(double %v119)
  %v121 = fdiv double %v118, %v120
  br label %v89

v89:
  %v122 = phi double [ %v121, %v114 ], [ 0.000000e+00, %v96 ]
  %v123 = getelementptr double, ptr %v85, i64 %v87
  store double %v122, ptr %v123, align 8
  %v124 = icmp eq i64 %v87, %v77
  br i1 %v124, label %v81, label %v86

v97:
  %v125 = phi double [ %v104, %v100 ], [ 0.000000e+00, %v86 ]
  %v126 = phi double [ %v102, %v100 ], [ 0.000000e+00, %v86 ]
  %v127 = phi double [ %v99, %v100 ], [ 0.000000e+00, %v86 ]
  %v128 = phi i64 [ %v129, %v100 ], [ %v94, %v86 ]
  %v130 = phi i64 [ %v131, %v100 ], [ %v91, %v86 ]
  %v129 = add nsw i64 %v128, -1
  %v131 = add i64 %v130, 1
  %v132 = icmp slt i64 %v130, 0
  %v133 = select i1 %v132, i64 %v41, i64 0
  %v134 = getelementptr i32, ptr %v40, i64 %v130
  %v135 = getelementptr i32, ptr %v134, i64 %v133
  %v136 = load i32, ptr %v135, align 4
  %v137 = zext i32 %v136 to i64
  %v138 = getelementptr i32, ptr %v83, i64 %v137
  %v139 = load i32, ptr %v138, align 4
  %v140 = select i1 %v132, i64 %v48, i64 0
  %v141 = getelementptr float, ptr %v47, i64 %v130
  %v142 = getelementptr float, ptr %v141, i64 %v140
  %v143 = load float, ptr %v142, align 4
  %v144 = zext i32 %v139 to i64
  %v145 = mul i64 %v73, %v144
  %v146 = getelementptr float, ptr %v6, i64 %v145
  %v147 = sub i64 %v130, %v91
  %v148 = icmp slt i64 %v147, 1
  br i1 %v148, label %v100, label %v149

v150:
  %v151 = fmul double %v152, 2.000000e+00
  %v153 = fmul double %v154, 2.000000e+00
  br label %v100

v100:
  %v155 = phi double [ 0.000000e+00, %v97 ], [ %v151, %v150 ]
  %v156 = phi double [ 0.000000e+00, %v97 ], [ %v153, %v150 ]
  %v157 = mul i64 %v9, %v144
  %v158 = getelementptr float, ptr %v146, i64 %v157
  %v159 = load float, ptr %v158, align 4
  %v160 = fmul float %v143, %v159
  %v161 = fpext float %v160 to double
  %v162 = fadd double %v155, %v161
  %v163 = fpext float %v143 to double
  %v164 = fmul double %v162, %v163
  %v99 = fadd double %v127, %v164
  %v165 = getelementptr i8, ptr %v158, i64 4
  %v166 = load float, ptr %v165, align 4
  %v167 = fmul float %v143, %v166
  %v168 = fpext float %v167 to double
  %v169 = fadd double %v156, %v168
  %v170 = fmul double %v169, %v163
  %v104 = fadd double %v125, %v170
  %v171 = getelementptr float, ptr %v17, i64 %v144
  %v172 = load float, ptr %v171, align 4
  %v173 = fmul float %v143, %v172
  %v174 = fpext float %v173 to double
  %v102 = fadd double %v126, %v174
  %v175 = icmp samesign ugt i64 %v128, 1
  br i1 %v175, label %v97, label %v96

v149:
  %v176 = phi double [ %v154, %v149 ], [ 0.000000e+00, %v97 ]
  %v177 = phi double [ %v152, %v149 ], [ 0.000000e+00, %v97 ]
  %v178 = phi i64 [ %v179, %v149 ], [ %v147, %v97 ]
  %v180 = phi i64 [ %v181, %v149 ], [ %v91, %v97 ]
  %v179 = add nsw i64 %v178, -1
  %v181 = add i64 %v180, 1
  %v182 = icmp slt i64 %v180, 0
  %v183 = select i1 %v182, i64 %v41, i64 0
  %v184 = getelementptr i32, ptr %v40, i64 %v180
  %v185 = getelementptr i32, ptr %v184, i64 %v183
  %v186 = load i32, ptr %v185, align 4
  %v187 = zext i32 %v186 to i64
  %v188 = getelementptr i32, ptr %v83, i64 %v187
  %v189 = load i32, ptr %v188, align 4
  %v190 = select i1 %v182, i64 %v48, i64 0
  %v191 = getelementptr float, ptr %v47, i64 %v180
  %v192 = getelementptr float, ptr %v191, i64 %v190
  %v193 = load float, ptr %v192, align 4
  %v194 = zext i32 %v189 to i64
  %v195 = mul i64 %v9, %v194
  %v196 = getelementptr float, ptr %v146, i64 %v195
  %v197 = load float, ptr %v196, align 4
  %v198 = fmul float %v193, %v197
  %v199 = fpext float %v198 to double
  %v152 = fadd double %v177, %v199
  %v200 = getelementptr i8, ptr %v196, i64 4
  %v201 = load float, ptr %v200, align 4
  %v202 = fmul float %v193, %v201
  %v203 = fpext float %v202 to double
  %v154 = fadd double %v176, %v203
  %v204 = icmp samesign ugt i64 %v178, 1
  br i1 %v204, label %v149, label %v150

v81:
  %v80 = add nuw nsw i64 %v79, 1
  %v205 = icmp eq i64 %v80, %v25
  br i1 %v205, label %v70, label %v78

v70:
  store ptr null, ptr %v0, align 8
  ret i32 0
}

declare double @sqrt(double) #0

define i32 @ridge.lookup_pearson_2b1cb83a5beb(ptr %v0, ptr %v1, ptr %v2, i64 %v3, i64 %v4, i64 %v5, ptr %v6, i64 %v7, ptr %v8, i64 %v9, i64 %v10, ptr %v11, i64 %v12, ptr %v13, i64 %v14, ptr %v15, i64 %v16, ptr %v17, i64 %v18, i64 %v19, ptr %v20, i64 %v21, i64 %v22) {
  %v23 = mul i64 4, %v5
  %v24 = mul i64 %v23, %v4
  %v25 = mul i64 %v24, %v3
  %v26 = udiv exact i64 %v25, 4
  %v27 = mul i64 4, %v7
  %v28 = udiv exact i64 %v27, 4
  %v29 = mul i64 4, %v10
  %v30 = mul i64 %v29, %v9
  %v31 = udiv exact i64 %v30, 4
  %v32 = mul i64 8, %v12
  %v33 = udiv exact i64 %v32, 8
  %v34 = mul i64 4, %v14
  %v35 = udiv exact i64 %v34, 4
  %v36 = mul i64 4, %v16
  %v37 = udiv exact i64 %v36, 4
  %v38 = mul i64 8, %v19
  %v39 = mul i64 %v38, %v18
  %v40 = udiv exact i64 %v39, 8
  %v41 = mul i64 8, %v22
  %v42 = mul i64 %v41, %v21
  %v43 = udiv exact i64 %v42, 8
  %v44 = call i32 @part0(ptr %v0, ptr %v1, ptr null, ptr null, i64 %v26, i64 4, ptr %v2, i64 %v3, i64 %v4, i64 %v5, i64 %v24, i64 %v23, i64 4, ptr null, ptr null, i64 %v28, i64 4, ptr %v6, i64 %v7, i64 4, ptr null, ptr null, i64 %v31, i64 4, ptr %v8, i64 %v9, i64 %v10, i64 %v29, i64 4, ptr null, ptr null, i64 %v33, i64 8, ptr %v11, i64 %v12, i64 8, ptr null, ptr null, i64 %v35, i64 4, ptr %v13, i64 %v14, i64 4, ptr null, ptr null, i64 %v37, i64 4, ptr %v15, i64 %v16, i64 4, ptr null, ptr null, i64 %v40, i64 8, ptr %v17, i64 %v18, i64 %v19, i64 %v38, i64 8, ptr null, ptr null, i64 %v43, i64 8, ptr %v20, i64 %v21, i64 %v22, i64 %v41, i64 8)
  ret i32 %v44
}

attributes #0 = { nounwind memory(read) }
