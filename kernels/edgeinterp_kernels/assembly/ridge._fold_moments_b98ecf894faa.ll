define internal i32 @part0(ptr noalias captures(none) %v0, ptr noalias captures(none) %v1, ptr %v2, ptr %v3, i64 %v4, i64 %v5, ptr %v6, i64 %v7, i64 %v8, i64 %v9, i64 %v10, ptr %v11, ptr %v12, i64 %v13, i64 %v14, ptr %v15, i64 %v16, i64 %v17, i64 %v18, i64 %v19, ptr %v20, ptr %v21, i64 %v22, i64 %v23, ptr %v24, i64 %v25, i64 %v26, ptr %v27, ptr %v28, i64 %v29, i64 %v30, ptr %v31, i64 %v32, i64 %v33, i64 %v34, i64 %v35, ptr %v36, ptr %v37, i64 %v38, i64 %v39, ptr %v40, i64 %v41, i64 %v42, i64 %v43, i64 %v44, i64 %v45, i64 %v46) {
v47:
  %v48 = icmp sgt i64 %v25, 1
  br i1 %v48, label %v49, label %v50

v49:
  %v51 = icmp sgt i64 %v8, 0
  %v52 = getelementptr double, ptr %v31, i64 %v33
  %v53 = shl i64 %v33, 4
  %v54 = getelementptr i8, ptr %v31, i64 %v53
  %v55 = mul i64 %v33, 24
  %v56 = getelementptr i8, ptr %v31, i64 %v55
  %v57 = shl i64 %v33, 5
  %v58 = getelementptr i8, ptr %v31, i64 %v57
  %v59 = icmp slt i64 %v8, 1
  %v60 = mul i64 %v43, %v42
  %v61 = mul i64 %v43, 40
  %v62 = getelementptr i8, ptr %v40, i64 %v61
  %v63 = shl i64 %v43, 4
  %v64 = shl i64 %v33, 4
  %v65 = getelementptr i8, ptr %v31, i64 %v64
  %v66 = mul i64 %v43, 24
  %v67 = mul i64 %v33, 24
  %v68 = getelementptr i8, ptr %v31, i64 %v67
  %v69 = shl i64 %v43, 5
  %v70 = shl i64 %v33, 5
  %v71 = getelementptr i8, ptr %v31, i64 %v70
  %v72 = add nsw i64 %v25, -2
  br label %v73

v74:
  %v75 = phi i64 [ 0, %v76 ], [ %v77, %v74 ]
  %v77 = add nuw nsw i64 %v75, 1
  %v78 = getelementptr double, ptr %v79, i64 %v75
  %v80 = load double, ptr %v78, align 8
  %v81 = getelementptr double, ptr %v82, i64 %v75
  %v83 = load double, ptr %v81, align 8
  %v84 = load i64, ptr %v85, align 8
  %v86 = icmp slt i64 %v84, 0
  %v87 = select i1 %v86, i64 %v16, i64 0
  %v88 = add i64 %v87, %v84
  %v89 = mul i64 %v88, %v17
  %v90 = getelementptr double, ptr %v15, i64 %v89
  %v91 = getelementptr double, ptr %v90, i64 %v75
  %v92 = load double, ptr %v91, align 8
  %v93 = fsub double %v83, %v92
  %v94 = getelementptr double, ptr %v31, i64 %v75
  %v95 = load double, ptr %v94, align 8
  %v96 = fmul double %v80, %v83
  %v97 = fadd double %v96, %v95
  store double %v97, ptr %v94, align 8
  %v98 = getelementptr double, ptr %v52, i64 %v75
  %v99 = load double, ptr %v98, align 8
  %v100 = fadd double %v80, %v99
  store double %v100, ptr %v98, align 8
  %v101 = getelementptr double, ptr %v54, i64 %v75
  %v102 = load double, ptr %v101, align 8
  %v103 = fmul double %v80, %v80
  %v104 = fadd double %v103, %v102
  store double %v104, ptr %v101, align 8
  %v105 = getelementptr double, ptr %v56, i64 %v75
  %v106 = load double, ptr %v105, align 8
  %v107 = fadd double %v93, %v106
  store double %v107, ptr %v105, align 8
  %v108 = getelementptr double, ptr %v58, i64 %v75
  %v109 = load double, ptr %v108, align 8
  %v110 = fmul double %v93, %v93
  %v111 = fadd double %v110, %v109
  store double %v111, ptr %v108, align 8
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
  %v146 = getelementptr double, ptr %v15, i64 %v145
  %v147 = getelementptr double, ptr %v146, i64 %v139
  %v148 = load double, ptr %v147, align 8
  %v149 = getelementptr double, ptr %v150, i64 %v139
  store double %v148, ptr %v149, align 8
  %v151 = icmp eq i64 %v8, %v140
  br i1 %v151, label %v136, label %v138

v136:
  %v152 = icmp eq i64 %v153, %v72
  br i1 %v152, label %v50, label %v73

v50:
  store ptr null, ptr %v0, align 8
  ret i32 0

v73:
  %v153 = phi i64 [ 0, %v49 ], [ %v154, %v136 ]
  %v154 = add nuw nsw i64 %v153, 1
  %v85 = getelementptr i64, ptr %v24, i64 %v153
  %v133 = load i64, ptr %v85, align 8
  %v116 = getelementptr i8, ptr %v85, i64 8
  %v131 = load i64, ptr %v116, align 8
  %v155 = sub i64 %v131, %v133
  %v156 = icmp slt i64 %v155, 1
  br i1 %v156, label %v129, label %v157

v157:
  %v158 = mul i64 %v60, %v153
  %v159 = getelementptr double, ptr %v40, i64 %v158
  %v160 = getelementptr double, ptr %v159, i64 %v43
  %v161 = getelementptr i8, ptr %v159, i64 %v63
  %v162 = getelementptr i8, ptr %v159, i64 %v66
  %v163 = getelementptr i8, ptr %v159, i64 %v69
  br label %v125

v125:
  %v124 = phi i64 [ %v155, %v157 ], [ %v164, %v121 ]
  %v119 = phi i64 [ %v133, %v157 ], [ %v165, %v121 ]
  %v164 = add nsw i64 %v124, -1
  %v165 = add i64 %v119, 1
  br i1 %v51, label %v76, label %v113

v76:
  %v166 = icmp slt i64 %v119, 0
  %v167 = select i1 %v166, i64 %v7, i64 0
  %v168 = add i64 %v167, %v119
  %v169 = mul i64 %v168, %v8
  %v79 = getelementptr double, ptr %v6, i64 %v169
  %v170 = select i1 %v166, i64 %v16, i64 0
  %v171 = add i64 %v170, %v119
  %v172 = mul i64 %v171, %v17
  %v82 = getelementptr double, ptr %v15, i64 %v172
  br label %v74

v113:
  %v173 = load i64, ptr %v85, align 8
  %v174 = sub nsw i64 %v119, %v173
  %v175 = and i64 %v174, 63
  %v176 = icmp eq i64 %v175, 63
  br i1 %v176, label %v177, label %v114

v177:
  br i1 %v59, label %v121, label %v122

v122:
  br label %v178

v178:
  %v179 = phi i64 [ 0, %v122 ], [ %v180, %v178 ]
  %v180 = add nuw nsw i64 %v179, 1
  %v181 = getelementptr double, ptr %v159, i64 %v179
  %v182 = load double, ptr %v181, align 8
  %v183 = getelementptr double, ptr %v31, i64 %v179
  %v184 = load double, ptr %v183, align 8
  %v185 = fadd double %v182, %v184
  store double %v185, ptr %v181, align 8
  store double 0.000000e+00, ptr %v183, align 8
  %v186 = icmp eq i64 %v8, %v180
  br i1 %v186, label %v187, label %v178

v187:
  %v188 = phi i64 [ %v189, %v187 ], [ 0, %v178 ]
  %v189 = add nuw nsw i64 %v188, 1
  %v190 = getelementptr double, ptr %v160, i64 %v188
  %v191 = load double, ptr %v190, align 8
  %v192 = getelementptr double, ptr %v52, i64 %v188
  %v193 = load double, ptr %v192, align 8
  %v194 = fadd double %v191, %v193
  store double %v194, ptr %v190, align 8
  store double 0.000000e+00, ptr %v192, align 8
  %v195 = icmp eq i64 %v8, %v189
  br i1 %v195, label %v196, label %v187

v196:
  %v197 = phi i64 [ %v198, %v196 ], [ 0, %v187 ]
  %v198 = add nuw nsw i64 %v197, 1
  %v199 = getelementptr double, ptr %v161, i64 %v197
  %v200 = load double, ptr %v199, align 8
  %v201 = getelementptr double, ptr %v65, i64 %v197
  %v202 = load double, ptr %v201, align 8
  %v203 = fadd double %v200, %v202
  store double %v203, ptr %v199, align 8
  store double 0.000000e+00, ptr %v201, align 8
  %v204 = icmp eq i64 %v8, %v198
  br i1 %v204, label %v205, label %v196

v205:
  %v206 = phi i64 [ %v207, %v205 ], [ 0, %v196 ]
  %v207 = add nuw nsw i64 %v206, 1
  %v208 = getelementptr double, ptr %v162, i64 %v206
  %v209 = load double, ptr %v208, align 8
  %v210 = getelementptr double, ptr %v68, i64 %v206
  %v211 = load double, ptr %v210, align 8
  %v212 = fadd double %v209, %v211
  store double %v212, ptr %v208, align 8
  store double 0.000000e+00, ptr %v210, align 8
  %v213 = icmp eq i64 %v8, %v207
  br i1 %v213, label %v214, label %v205

v214:
  %v215 = phi i64 [ %v216, %v214 ], [ 0, %v205 ]
  %v216 = add nuw nsw i64 %v215, 1
  %v217 = getelementptr double, ptr %v163, i64 %v215
  %v218 = load double, ptr %v217, align 8
  %v219 = getelementptr double, ptr %v71, i64 %v215
  %v220 = load double, ptr %v219, align 8
  %v221 = fadd double %v218, %v220
  store double %v221, ptr %v217, align 8
  store double 0.000000e+00, ptr %v219, align 8
  %v222 = icmp eq i64 %v8, %v216
  br i1 %v222, label %v121, label %v214

v137:
  %v223 = mul i64 %v60, %v153
  %v150 = getelementptr double, ptr %v62, i64 %v223
  br label %v138
}

define i32 @ridge._fold_moments_b98ecf894faa(ptr %v0, ptr %v1, ptr %v2, i64 %v3, i64 %v4, ptr %v5, i64 %v6, i64 %v7, ptr %v8, i64 %v9, ptr %v10, i64 %v11, i64 %v12, ptr %v13, i64 %v14, i64 %v15, i64 %v16) {
  %v17 = mul i64 8, %v4
  %v18 = mul i64 %v17, %v3
  %v19 = udiv exact i64 %v18, 8
  %v20 = mul i64 8, %v7
  %v21 = mul i64 %v20, %v6
  %v22 = udiv exact i64 %v21, 8
  %v23 = mul i64 8, %v9
  %v24 = udiv exact i64 %v23, 8
  %v25 = mul i64 8, %v12
  %v26 = mul i64 %v25, %v11
  %v27 = udiv exact i64 %v26, 8
  %v28 = mul i64 8, %v16
  %v29 = mul i64 %v28, %v15
  %v30 = mul i64 %v29, %v14
  %v31 = udiv exact i64 %v30, 8
  %v32 = call i32 @part0(ptr %v0, ptr %v1, ptr null, ptr null, i64 %v19, i64 8, ptr %v2, i64 %v3, i64 %v4, i64 %v17, i64 8, ptr null, ptr null, i64 %v22, i64 8, ptr %v5, i64 %v6, i64 %v7, i64 %v20, i64 8, ptr null, ptr null, i64 %v24, i64 8, ptr %v8, i64 %v9, i64 8, ptr null, ptr null, i64 %v27, i64 8, ptr %v10, i64 %v11, i64 %v12, i64 %v25, i64 8, ptr null, ptr null, i64 %v31, i64 8, ptr %v13, i64 %v14, i64 %v15, i64 %v16, i64 %v29, i64 %v28, i64 8)
  ret i32 %v32
}
