define internal i32 @part0(ptr noalias captures(none) %v0, ptr noalias captures(none) %v1, ptr %v2, ptr %v3, i64 %v4, i64 %v5, ptr %v6, i64 %v7, i64 %v8, i64 %v9, i64 %v10, ptr %v11, ptr %v12, i64 %v13, i64 %v14, ptr %v15, i64 %v16, i64 %v17, i64 %v18, i64 %v19, ptr %v20, ptr %v21, i64 %v22, i64 %v23, ptr %v24, i64 %v25, i64 %v26, i64 %v27, i64 %v28, i64 %v29, i64 %v30, ptr %v31, ptr %v32, i64 %v33, i64 %v34, ptr %v35, i64 %v36, i64 %v37, i64 %v38, i64 %v39, ptr %v40, ptr %v41, i64 %v42, i64 %v43, ptr %v44, i64 %v45, i64 %v46) {
v47:
  %v48 = getelementptr i64, ptr %v24, i64 %v8
  %v49 = icmp slt i64 %v7, 1
  br i1 %v49, label %v50, label %v51

v51:
  %v52 = icmp sgt i64 %v8, 0
  %v53 = add nsw i64 %v8, -1
  %v54 = icmp slt i64 %v8, 2
  %v55 = mul i64 %v27, %v26
  %v56 = getelementptr i64, ptr %v24, i64 %v55
  %v57 = getelementptr double, ptr %v35, i64 %v37
  br label %v58

v58:
  %v59 = phi i64 [ 0, %v51 ], [ %v60, %v61 ]
  %v60 = add nuw nsw i64 %v59, 1
  br i1 %v52, label %v62, label %v61

v62:
  %v63 = mul i64 %v59, %v27
  %v64 = getelementptr i64, ptr %v48, i64 %v63
  %v65 = getelementptr i8, ptr %v64, i64 -8
  %v66 = load i64, ptr %v65, align 8
  %v67 = icmp slt i64 %v66, 0
  %v68 = select i1 %v67, i64 %v8, i64 0
  %v69 = mul i64 %v59, %v8
  %v70 = getelementptr double, ptr %v6, i64 %v69
  %v71 = getelementptr double, ptr %v70, i64 %v66
  %v72 = getelementptr double, ptr %v71, i64 %v68
  %v73 = load double, ptr %v72, align 8
  %v74 = fcmp ord double %v73, 0.000000e+00
  %v75 = select i1 %v74, i1 true, i1 %v54
  br i1 %v75, label %v76, label %v77

v78:
  %v79 = add nsw i64 %v80, -1
  %v81 = icmp sgt i64 %v80, 1
  br i1 %v81, label %v82, label %v61

v82:
  %v80 = phi i64 [ %v53, %v77 ], [ %v79, %v78 ]
  %v83 = phi i64 [ %v8, %v77 ], [ %v80, %v78 ]
  %v84 = getelementptr i64, ptr %v85, i64 %v83
  %v86 = getelementptr i8, ptr %v84, i64 -16
  %v87 = load i64, ptr %v86, align 8
  %v88 = icmp slt i64 %v87, 0
  %v89 = select i1 %v88, i64 %v8, i64 0
  %v90 = getelementptr double, ptr %v70, i64 %v87
  %v91 = getelementptr double, ptr %v90, i64 %v89
  %v92 = load double, ptr %v91, align 8
  %v93 = fcmp uno double %v92, 0.000000e+00
  br i1 %v93, label %v78, label %v94

v95:
  %v96 = phi i64 [ 0, %v94 ], [ %v97, %v98 ]
  %v99 = phi i64 [ 1, %v94 ], [ %v100, %v98 ]
  %v100 = add nuw i64 %v99, 1
  %v101 = icmp eq i64 %v99, %v102
  br i1 %v101, label %v103, label %v104

v104:
  %v105 = getelementptr i64, ptr %v106, i64 %v99
  %v107 = load i64, ptr %v105, align 8
  %v108 = icmp slt i64 %v107, 0
  %v109 = select i1 %v108, i64 %v8, i64 0
  %v110 = getelementptr double, ptr %v111, i64 %v107
  %v112 = getelementptr double, ptr %v110, i64 %v109
  %v113 = load double, ptr %v112, align 8
  %v114 = icmp slt i64 %v96, 0
  %v115 = select i1 %v114, i64 %v27, i64 0
  %v116 = getelementptr i64, ptr %v106, i64 %v96
  %v117 = getelementptr i64, ptr %v116, i64 %v115
  %v118 = load i64, ptr %v117, align 8
  %v119 = icmp slt i64 %v118, 0
  %v120 = select i1 %v119, i64 %v8, i64 0
  %v121 = getelementptr double, ptr %v111, i64 %v118
  %v122 = getelementptr double, ptr %v121, i64 %v120
  %v123 = load double, ptr %v122, align 8
  %v124 = fcmp une double %v113, %v123
  br i1 %v124, label %v103, label %v98

v125:
  %v126 = phi i64 [ %v127, %v128 ], [ %v129, %v125 ]
  %v130 = phi i64 [ %v96, %v128 ], [ %v131, %v125 ]
  %v129 = add nsw i64 %v126, -1
  %v131 = add i64 %v130, 1
  %v132 = icmp slt i64 %v130, 0
  %v133 = select i1 %v132, i64 %v27, i64 0
  %v134 = getelementptr i64, ptr %v106, i64 %v130
  %v135 = getelementptr i64, ptr %v134, i64 %v133
  %v136 = load i64, ptr %v135, align 8
  %v137 = icmp slt i64 %v136, 0
  %v138 = select i1 %v137, i64 %v37, i64 0
  %v139 = getelementptr double, ptr %v35, i64 %v136
  %v140 = getelementptr double, ptr %v139, i64 %v138
  store double %v141, ptr %v140, align 8
  %v142 = icmp samesign ugt i64 %v126, 1
  br i1 %v142, label %v125, label %v98

v98:
  %v97 = phi i64 [ %v96, %v104 ], [ %v99, %v103 ], [ %v99, %v125 ]
  %v143 = icmp eq i64 %v99, %v102
  br i1 %v143, label %v144, label %v95

v145:
  %v146 = phi i64 [ 0, %v147 ], [ %v148, %v149 ]
  %v150 = phi i64 [ 1, %v147 ], [ %v151, %v149 ]
  %v151 = add nuw i64 %v150, 1
  %v152 = icmp eq i64 %v150, %v102
  br i1 %v152, label %v153, label %v154

v154:
  %v155 = getelementptr i64, ptr %v156, i64 %v150
  %v157 = load i64, ptr %v155, align 8
  %v158 = icmp slt i64 %v157, 0
  %v159 = select i1 %v158, i64 %v17, i64 0
  %v160 = getelementptr double, ptr %v161, i64 %v157
  %v162 = getelementptr double, ptr %v160, i64 %v159
  %v163 = load double, ptr %v162, align 8
  %v164 = icmp slt i64 %v146, 0
  %v165 = select i1 %v164, i64 %v27, i64 0
  %v166 = getelementptr i64, ptr %v156, i64 %v146
  %v167 = getelementptr i64, ptr %v166, i64 %v165
  %v168 = load i64, ptr %v167, align 8
  %v169 = icmp slt i64 %v168, 0
  %v170 = select i1 %v169, i64 %v17, i64 0
  %v171 = getelementptr double, ptr %v161, i64 %v168
  %v172 = getelementptr double, ptr %v171, i64 %v170
  %v173 = load double, ptr %v172, align 8
  %v174 = fcmp une double %v163, %v173
  br i1 %v174, label %v153, label %v149

v175:
  %v176 = phi i64 [ %v177, %v178 ], [ %v179, %v175 ]
  %v180 = phi i64 [ %v146, %v178 ], [ %v181, %v175 ]
  %v179 = add nsw i64 %v176, -1
  %v181 = add i64 %v180, 1
  %v182 = icmp slt i64 %v180, 0
  %v183 = select i1 %v182, i64 %v27, i64 0
  %v184 = getelementptr i64, ptr %v185, i64 %v180
  %v186 = getelementptr i64, ptr %v184, i64 %v183
  %v187 = load i64, ptr %v186, align 8
  %v188 = icmp slt i64 %v187, 0
  %v189 = select i1 %v188, i64 %v37, i64 0
  %v190 = getelementptr double, ptr %v57, i64 %v187
  %v191 = getelementptr double, ptr %v190, i64 %v189
  store double %v192, ptr %v191, align 8
  %v193 = icmp samesign ugt i64 %v176, 1
  br i1 %v193, label %v175, label %v149

v149:
  %v148 = phi i64 [ %v146, %v154 ], [ %v150, %v153 ], [ %v150, %v175 ]
  %v194 = icmp eq i64 %v150, %v102
  br i1 %v194, label %v195, label %v145

v196:
  %v197 = phi double [ 0.000000e+00, %v198 ], [ %v199, %v196 ]
  %v200 = phi double [ 0.000000e+00, %v198 ], [ %v201, %v196 ]
  %v202 = phi double [ 0.000000e+00, %v198 ], [ %v203, %v196 ]
  %v204 = phi i64 [ 0, %v198 ], [ %v205, %v196 ]
  %v205 = add nuw nsw i64 %v204, 1
  %v206 = getelementptr i64, ptr %v207, i64 %v204
  %v208 = load i64, ptr %v206, align 8
  %v209 = icmp slt i64 %v208, 0
  %v210 = select i1 %v209, i64 %v37, i64 0
  %v211 = add i64 %v210, %v208
  %v212 = getelementptr double, ptr %v35, i64 %v211
  %v213 = load double, ptr %v212, align 8
  %v214 = fsub double %v213, %v215
  %v216 = getelementptr double, ptr %v57, i64 %v211
  %v217 = load double, ptr %v216, align 8
  %v218 = fsub double %v217, %v215
  %v219 = fmul double %v214, %v218
  %v203 = fadd double %v202, %v219
  %v220 = fmul double %v214, %v214
  %v201 = fadd double %v200, %v220
  %v221 = fmul double %v218, %v218
  %v199 = fadd double %v197, %v221
  %v222 = icmp eq i64 %v102, %v205
  br i1 %v222, label %v223, label %v196

v223:
  %v224 = fcmp oeq double %v199, 0.000000e+00
  br i1 %v224, label %v61, label %v225

v225:
  %v226 = fcmp ogt double %v201, 0.000000e+00
  br i1 %v226, label %v227, label %v61

v227:
  %v228 = fmul double %v201, %v199
  %v229 = tail call double @sqrt(double %v228)
  %v230 = fdiv double %v203, %v229
  br label %v61

v61:
  %v231 = phi double [ 0x7FF8000000000000, %v223 ], [ 0x7FF8000000000000, %v58 ], [ 0x7FF8000000000000, %v76 ], [ 0x7FF8000000000000, %v78 ], [ 0x7FF8000000000000, %v144 ], [ poison, %v195 ], [ %v230, %v227 ], [ 0.000000e+00, %v225 ]
  %v232 = getelementptr double, ptr %v44, i64 %v59
  store double %v231, ptr %v232, align 8
  %v233 = icmp eq i64 %v60, %v7
  br i1 %v233, label %v50, label %v58

v50:
  store ptr null, ptr %v0, align 8
  ret i32 0

v77:
  %v85 = getelementptr i64, ptr %v24, i64 %v63
  br label %v82

v76:
  %v234 = select i1 %v74, i64 %v8, i64 %v53
  %v235 = icmp eq i64 %v234, 0
  br i1 %v235, label %v61, label %v94

v94:
  %v102 = phi i64 [ %v234, %v76 ], [ %v80, %v82 ]
  %v236 = mul i64 %v59, %v27
  %v106 = getelementptr i64, ptr %v24, i64 %v236
  %v237 = mul i64 %v59, %v8
  %v111 = getelementptr double, ptr %v6, i64 %v237
  br label %v95

v103:
  %v127 = sub i64 %v99, %v96
  %v238 = icmp slt i64 %v127, 1
  br i1 %v238, label %v98, label %v128

v128:
  %v239 = add i64 %v96, -1
  %v240 = add i64 %v239, %v99
  %v241 = sitofp i64 %v240 to double
  %v141 = fmul double %v241, 5.000000e-01
  br label %v125

v144:
  %v242 = icmp slt i64 %v102, 1
  br i1 %v242, label %v61, label %v147

v147:
  %v243 = mul i64 %v59, %v27
  %v156 = getelementptr i64, ptr %v56, i64 %v243
  %v244 = mul i64 %v59, %v17
  %v161 = getelementptr double, ptr %v15, i64 %v244
  %v245 = add i64 %v59, %v26
  %v246 = mul i64 %v245, %v27
  %v185 = getelementptr i64, ptr %v24, i64 %v246
  br label %v145

v153:
  %v177 = sub i64 %v150, %v146
  %v247 = icmp slt i64 %v177, 1
  br i1 %v247, label %v149, label %v178

v178:
  %v248 = add i64 %v146, -1
  %v249 = add i64 %v248, %v150
  %v250 = sitofp i64 %v249 to double
  %v192 = fmul double %v250, 5.000000e-01
  br label %v175

v195:
  %v251 = add nsw i64 %v102, -1
  %v252 = sitofp i64 %v251 to double
  %v215 = fmul double %v252, 5.000000e-01
  br i1 false, label %v61, label %v198

v198:
  %v253 = mul i64 %v59, %v27
  %v207 = getelementptr i64, ptr %v24, i64 %v253
  br label %v196
}

declare double @sqrt(double) #0

define i32 @ranks._spearman_rows_d4ec1c5b72c4(ptr %v0, ptr %v1, ptr %v2, i64 %v3, i64 %v4, ptr %v5, i64 %v6, i64 %v7, ptr %v8, i64 %v9, i64 %v10, i64 %v11, ptr %v12, i64 %v13, i64 %v14, ptr %v15, i64 %v16) {
  %v17 = mul i64 8, %v4
  %v18 = mul i64 %v17, %v3
  %v19 = udiv exact i64 %v18, 8
  %v20 = mul i64 8, %v7
  %v21 = mul i64 %v20, %v6
  %v22 = udiv exact i64 %v21, 8
  %v23 = mul i64 8, %v11
  %v24 = mul i64 %v23, %v10
  %v25 = mul i64 %v24, %v9
  %v26 = udiv exact i64 %v25, 8
  %v27 = mul i64 8, %v14
  %v28 = mul i64 %v27, %v13
  %v29 = udiv exact i64 %v28, 8
  %v30 = mul i64 8, %v16
  %v31 = udiv exact i64 %v30, 8
  %v32 = call i32 @part0(ptr %v0, ptr %v1, ptr null, ptr null, i64 %v19, i64 8, ptr %v2, i64 %v3, i64 %v4, i64 %v17, i64 8, ptr null, ptr null, i64 %v22, i64 8, ptr %v5, i64 %v6, i64 %v7, i64 %v20, i64 8, ptr null, ptr null, i64 %v26, i64 8, ptr %v8, i64 %v9, i64 %v10, i64 %v11, i64 %v24, i64 %v23, i64 8, ptr null, ptr null, i64 %v29, i64 8, ptr %v12, i64 %v13, i64 %v14, i64 %v27, i64 8, ptr null, ptr null, i64 %v31, i64 8, ptr %v15, i64 %v16, i64 8)
  ret i32 %v32
}

attributes #0 = { nounwind memory(read) }
