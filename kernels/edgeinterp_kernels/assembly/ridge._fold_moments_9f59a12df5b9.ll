define internal i32 @part0(ptr noalias captures(none) %v0, ptr noalias captures(none) %v1, ptr %v2, ptr %v3, i64 %v4, i64 %v5, ptr %v6, i64 %v7, i64 %v8, i64 %v9, i64 %v10, ptr %v11, ptr %v12, i64 %v13, i64 %v14, ptr %v15, i64 %v16, i64 %v17, i64 %v18, i64 %v19, ptr %v20, ptr %v21, i64 %v22, i64 %v23, ptr %v24, i64 %v25, i64 %v26, ptr %v27, ptr %v28, i64 %v29, i64 %v30, ptr %v31, i64 %v32, i64 %v33, i64 %v34, i64 %v35, ptr %v36, ptr %v37, i64 %v38, i64 %v39, ptr %v40, i64 %v41, i64 %v42, i64 %v43, i64 %v44, i64 %v45, i64 %v46) {
v47:
  %v48 = icmp sgt i64 %v25, 1
  br i1 %v48, label %v49, label %v50

v49:
  %v51 = icmp sgt i64 %v8, 0
  %v52 = getelementptr float, ptr %v31, i64 %v33
  %v53 = shl i64 %v33, 3
  %v54 = getelementptr i8, ptr %v31, i64 %v53
  %v55 = mul i64 %v33, 12
  %v56 = getelementptr i8, ptr %v31, i64 %v55
  %v57 = shl i64 %v33, 4
  %v58 = getelementptr i8, ptr %v31, i64 %v57
  %v59 = icmp slt i64 %v8, 1
  %v60 = mul i64 %v43, %v42
  %v61 = mul i64 %v43, 40
  %v62 = getelementptr i8, ptr %v40, i64 %v61
  %v63 = shl i64 %v43, 4
  %v64 = shl i64 %v33, 3
  %v65 = getelementptr i8, ptr %v31, i64 %v64
  %v66 = mul i64 %v43, 24
  %v67 = mul i64 %v33, 12
  %v68 = getelementptr i8, ptr %v31, i64 %v67
  %v69 = shl i64 %v43, 5
  %v70 = shl i64 %v33, 4
  %v71 = getelementptr i8, ptr %v31, i64 %v70
  %v72 = add nsw i64 %v25, -2
  br label %v73

v74:
  %v75 = phi i64 [ 0, %v76 ], [ %v77, %v74 ]
  %v77 = add nuw nsw i64 %v75, 1
  %v78 = getelementptr float, ptr %v79, i64 %v75
  %v80 = load float, ptr %v78, align 4
  %v81 = getelementptr float, ptr %v82, i64 %v75
  %v83 = load float, ptr %v81, align 4
  %v84 = load i64, ptr %v85, align 8
  %v86 = icmp slt i64 %v84, 0
  %v87 = select i1 %v86, i64 %v16, i64 0
  %v88 = add i64 %v87, %v84
  %v89 = mul i64 %v88, %v17
  %v90 = getelementptr float, ptr %v15, i64 %v89
  %v91 = getelementptr float, ptr %v90, i64 %v75
  %v92 = load float, ptr %v91, align 4
  %v93 = fsub float %v83, %v92
  %v94 = getelementptr float, ptr %v31, i64 %v75
  %v95 = load float, ptr %v94, align 4
  %v96 = fmul float %v80, %v83
  %v97 = fadd float %v96, %v95
  store float %v97, ptr %v94, align 4
  %v98 = getelementptr float, ptr %v52, i64 %v75
  %v99 = load float, ptr %v98, align 4
  %v100 = fadd float %v80, %v99
  store float %v100, ptr %v98, align 4
  %v101 = getelementptr float, ptr %v54, i64 %v75
  %v102 = load float, ptr %v101, align 4
  %v103 = fmul float %v80, %v80
  %v104 = fadd float %v103, %v102
  store float %v104, ptr %v101, align 4
  %v105 = getelementptr float, ptr %v56, i64 %v75
  %v106 = load float, ptr %v105, align 4
  %v107 = fadd float %v93, %v106
  store float %v107, ptr %v105, align 4
  %v108 = getelementptr float, ptr %v58, i64 %v75
  %v109 = load float, ptr %v108, align 4
  %v110 = fmul float %v93, %v93
  %v111 = fadd float %v110, %v109
  store float %v111, ptr %v108, align 4
  %v112 = icmp eq i64 %v8, %v77
  br i1 %v112, label %v113, label %v74

v114:
  %v115 = load i64, ptr %v116, align 8
  %v117 = add nsw i64 %v115, -1
  %v118 = icmp ne i64 %v119, %v117
  %v120 = select i1 %v118, i1 true, i1 %v59
  br i1 %v120, label %v121, label %v122

v121:
  %v123 = icmp samesign ugt i64 %v124, 1
  br i1 %v123, label %v125, label %v126

v126:
  %v127 = load i64, ptr %v85, align 8
  %v128 = load i64, ptr %v116, align 8
  br label %v129

v129:
  %v130 = phi i64 [ %v131, %v73 ], [ %v128, %v126 ]
  %v132 = phi i64 [ %v133, %v73 ], [ %v127, %v126 ]
  %v134 = icmp sge i64 %v132, %v130
  %v135 = select i1 %v134, i1 true, i1 %v59
  br i1 %v135, label %v136, label %v137

v138:
  %v139 = phi i64 [ 0, %v137 ], [ %v140, %v138 ]
  %v140 = add nuw nsw i64 %v139, 1
  %v141 = load i64, ptr %v85, align 8
  %v142 = icmp slt i64 %v141, 0
  %v143 = select i1 %v142, i64 %v16, i64 0
  %v144 = add i64 %v143, %v141
  %v145 = mul i64 %v144, %v17
  %v146 = getelementptr float, ptr %v15, i64 %v145
  %v147 = getelementptr float, ptr %v146, i64 %v139
  %v148 = load float, ptr %v147, align 4
  %v149 = getelementptr double, ptr %v150, i64 %v139
  %v151 = fpext float %v148 to double
  store double %v151, ptr %v149, align 8
  %v152 = icmp eq i64 %v8, %v140
  br i1 %v152, label %v136, label %v138

v136:
  %v153 = icmp eq i64 %v154, %v72
  br i1 %v153, label %v50, label %v73

v50:
  store ptr null, ptr %v0, align 8
  ret i32 0

v73:
  %v154 = phi i64 [ 0, %v49 ], [ %v155, %v136 ]
  %v155 = add nuw nsw i64 %v154, 1
  %v85 = getelementptr i64, ptr %v24, i64 %v154
  %v133 = load i64, ptr %v85, align 8
  %v116 = getelementptr i8, ptr %v85, i64 8
  %v131 = load i64, ptr %v116, align 8
  %v156 = sub i64 %v131, %v133
  %v157 = icmp slt i64 %v156, 1
  br i1 %v157, label %v129, label %v158

v158:
  %v159 = mul i64 %v60, %v154
  %v160 = getelementptr double, ptr %v40, i64 %v159
  %v161 = getelementptr double, ptr %v160, i64 %v43
  %v162 = getelementptr i8, ptr %v160, i64 %v63
  %v163 = getelementptr i8, ptr %v160, i64 %v66
  %v164 = getelementptr i8, ptr %v160, i64 %v69
  br label %v125

v125:
  %v124 = phi i64 [ %v156, %v158 ], [ %v165, %v121 ]
  %v119 = phi i64 [ %v133, %v158 ], [ %v166, %v121 ]
  %v165 = add nsw i64 %v124, -1
  %v166 = add i64 %v119, 1
  br i1 %v51, label %v76, label %v113

v76:
  %v167 = icmp slt i64 %v119, 0
  %v168 = select i1 %v167, i64 %v7, i64 0
  %v169 = add i64 %v168, %v119
  %v170 = mul i64 %v169, %v8
  %v79 = getelementptr float, ptr %v6, i64 %v170
  %v171 = select i1 %v167, i64 %v16, i64 0
  %v172 = add i64 %v171, %v119
  %v173 = mul i64 %v172, %v17
  %v82 = getelementptr float, ptr %v15, i64 %v173
  br label %v74

v113:
  %v174 = load i64, ptr %v85, align 8
  %v175 = sub nsw i64 %v119, %v174
  %v176 = and i64 %v175, 63
  %v177 = icmp eq i64 %v176, 63
  br i1 %v177, label %v178, label %v114

v178:
  br i1 %v59, label %v121, label %v122

v122:
  br label %v179

v179:
  %v180 = phi i64 [ 0, %v122 ], [ %v181, %v179 ]
  %v181 = add nuw nsw i64 %v180, 1
  %v182 = getelementptr double, ptr %v160, i64 %v180
  %v183 = load double, ptr %v182, align 8
  %v184 = getelementptr float, ptr %v31, i64 %v180
  %v185 = load float, ptr %v184, align 4
  %v186 = fpext float %v185 to double
  %v187 = fadd double %v183, %v186
  store double %v187, ptr %v182, align 8
  store float 0.000000e+00, ptr %v184, align 4
  %v188 = icmp eq i64 %v8, %v181
  br i1 %v188, label %v189, label %v179

v189:
  %v190 = phi i64 [ %v191, %v189 ], [ 0, %v179 ]
  %v191 = add nuw nsw i64 %v190, 1
  %v192 = getelementptr double, ptr %v161, i64 %v190
  %v193 = load double, ptr %v192, align 8
  %v194 = getelementptr float, ptr %v52, i64 %v190
  %v195 = load float, ptr %v194, align 4
  %v196 = fpext float %v195 to double
  %v197 = fadd double %v193, %v196
  store double %v197, ptr %v192, align 8
  store float 0.000000e+00, ptr %v194, align 4
  %v198 = icmp eq i64 %v8, %v191
  br i1 %v198, label %v199, label %v189

v199:
  %v200 = phi i64 [ %v201, %v199 ], [ 0, %v189 ]
  %v201 = add nuw nsw i64 %v200, 1
  %v202 = getelementptr double, ptr %v162, i64 %v200
  %v203 = load double, ptr %v202, align 8
  %v204 = getelementptr float, ptr %v65, i64 %v200
  %v205 = load float, ptr %v204, align 4
  %v206 = fpext float %v205 to double
  %v207 = fadd double %v203, %v206
  store double %v207, ptr %v202, align 8
  store float 0.000000e+00, ptr %v204, align 4
  %v208 = icmp eq i64 %v8, %v201
  br i1 %v208, label %v209, label %v199

v209:
  %v210 = phi i64 [ %v211, %v209 ], [ 0, %v199 ]
  %v211 = add nuw nsw i64 %v210, 1
  %v212 = getelementptr double, ptr %v163, i64 %v210
  %v213 = load double, ptr %v212, align 8
  %v214 = getelementptr float, ptr %v68, i64 %v210
  %v215 = load float, ptr %v214, align 4
  %v216 = fpext float %v215 to double
  %v217 = fadd double %v213, %v216
  store double %v217, ptr %v212, align 8
  store float 0.000000e+00, ptr %v214, align 4
  %v218 = icmp eq i64 %v8, %v211
  br i1 %v218, label %v219, label %v209

v219:
  %v220 = phi i64 [ %v221, %v219 ], [ 0, %v209 ]
  %v221 = add nuw nsw i64 %v220, 1
  %v222 = getelementptr double, ptr %v164, i64 %v220
  %v223 = load double, ptr %v222, align 8
  %v224 = getelementptr float, ptr %v71, i64 %v220
  %v225 = load float, ptr %v224, align 4
  %v226 = fpext float %v225 to double
  %v227 = fadd double %v223, %v226
  store double %v227, ptr %v222, align 8
  store float 0.000000e+00, ptr %v224, align 4
  %v228 = icmp eq i64 %v8, %v221
  br i1 %v228, label %v121, label %v219

v137:
  %v229 = mul i64 %v60, %v154
  %v150 = getelementptr double, ptr %v62, i64 %v229
  br label %v138
}

define i32 @ridge._fold_moments_9f59a12df5b9(ptr %v0, ptr %v1, ptr %v2, i64 %v3, i64 %v4, ptr %v5, i64 %v6, i64 %v7, ptr %v8, i64 %v9, ptr %v10, i64 %v11, i64 %v12, ptr %v13, i64 %v14, i64 %v15, i64 %v16) {
  %v17 = mul i64 4, %v4
  %v18 = mul i64 %v17, %v3
  %v19 = udiv exact i64 %v18, 4
  %v20 = mul i64 4, %v7
  %v21 = mul i64 %v20, %v6
  %v22 = udiv exact i64 %v21, 4
  %v23 = mul i64 8, %v9
  %v24 = udiv exact i64 %v23, 8
  %v25 = mul i64 4, %v12
  %v26 = mul i64 %v25, %v11
  %v27 = udiv exact i64 %v26, 4
  %v28 = mul i64 8, %v16
  %v29 = mul i64 %v28, %v15
  %v30 = mul i64 %v29, %v14
  %v31 = udiv exact i64 %v30, 8
  %v32 = call i32 @part0(ptr %v0, ptr %v1, ptr null, ptr null, i64 %v19, i64 4, ptr %v2, i64 %v3, i64 %v4, i64 %v17, i64 4, ptr null, ptr null, i64 %v22, i64 4, ptr %v5, i64 %v6, i64 %v7, i64 %v20, i64 4, ptr null, ptr null, i64 %v24, i64 8, ptr %v8, i64 %v9, i64 8, ptr null, ptr null, i64 %v27, i64 4, ptr %v10, i64 %v11, i64 %v12, i64 %v25, i64 4, ptr null, ptr null, i64 %v31, i64 8, ptr %v13, i64 %v14, i64 %v15, i64 %v16, i64 %v29, i64 %v28, i64 8)
  ret i32 %v32
}
