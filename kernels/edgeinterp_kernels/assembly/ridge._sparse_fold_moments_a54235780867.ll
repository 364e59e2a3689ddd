define internal i32 @part0(ptr noalias captures(none) %v0, ptr noalias captures(none) %v1, ptr %v2, ptr %v3, i64 %v4, i64 %v5, ptr %v6, i64 %v7, i64 %v8, i64 %v9, i64 %v10, ptr %v11, ptr %v12, i64 %v13, i64 %v14, ptr %v15, i64 %v16, i64 %v17, ptr %v18, ptr %v19, i64 %v20, i64 %v21, ptr %v22, i64 %v23, i64 %v24, ptr %v25, ptr %v26, i64 %v27, i64 %v28, ptr %v29, i64 %v30, i64 %v31, ptr %v32, ptr %v33, i64 %v34, i64 %v35, ptr %v36, i64 %v37, i64 %v38, ptr %v39, ptr %v40, i64 %v41, i64 %v42, ptr %v43, i64 %v44, i64 %v45, ptr %v46, ptr %v47, i64 %v48, i64 %v49, ptr %v50, i64 %v51, i64 %v52, i64 %v53, i64 %v54, ptr %v55, ptr %v56, i64 %v57, i64 %v58, ptr %v59, i64 %v60, i64 %v61, i64 %v62, i64 %v63, i64 %v64, i64 %v65) {
v66:
  %v67 = getelementptr float, ptr %v50, i64 %v52
  %v68 = icmp sgt i64 %v23, 1
  br i1 %v68, label %v69, label %v70

v69:
  %v71 = icmp sgt i64 %v7, 0
  %v72 = icmp slt i64 %v7, 1
  %v73 = call i64 @llvm.smax.i64(i64 %v44, i64 1)
  %v74 = getelementptr double, ptr %v59, i64 %v62
  %v75 = icmp sgt i64 %v44, 1
  %v76 = mul i64 %v62, %v61
  %v77 = shl i64 %v62, 4
  %v78 = getelementptr i8, ptr %v59, i64 %v77
  %v79 = mul i64 %v62, 24
  %v80 = getelementptr i8, ptr %v59, i64 %v79
  %v81 = shl i64 %v62, 5
  %v82 = getelementptr i8, ptr %v59, i64 %v81
  %v83 = mul i64 %v62, 40
  %v84 = getelementptr i8, ptr %v59, i64 %v83
  %v85 = add nsw i64 %v73, -2
  %v86 = add nsw i64 %v23, -2
  br label %v87

v88:
  %v89 = icmp eq i64 %v90, %v86
  br i1 %v89, label %v70, label %v87

v91:
  %v92 = phi i64 [ %v93, %v91 ], [ 0, %v87 ]
  %v93 = add nuw nsw i64 %v92, 1
  %v94 = getelementptr float, ptr %v50, i64 %v92
  store float 0.000000e+00, ptr %v94, align 4
  %v95 = getelementptr float, ptr %v67, i64 %v92
  store float 0.000000e+00, ptr %v95, align 4
  %v96 = icmp eq i64 %v7, %v93
  br i1 %v96, label %v97, label %v91

v98:
  %v99 = phi i64 [ 0, %v100 ], [ %v101, %v102 ]
  %v101 = add nuw nsw i64 %v99, 1
  %v103 = getelementptr i64, ptr %v43, i64 %v99
  %v104 = load i64, ptr %v103, align 8
  %v105 = getelementptr i8, ptr %v103, i64 8
  %v106 = load i64, ptr %v105, align 8
  %v107 = icmp eq i64 %v104, %v106
  br i1 %v107, label %v102, label %v108

v109:
  %v110 = phi double [ %v111, %v109 ], [ 0.000000e+00, %v108 ]
  %v112 = phi double [ %v113, %v109 ], [ 0.000000e+00, %v108 ]
  %v114 = phi double [ %v115, %v109 ], [ 0.000000e+00, %v108 ]
  %v116 = phi double [ %v117, %v109 ], [ 0.000000e+00, %v108 ]
  %v118 = phi double [ %v119, %v109 ], [ 0.000000e+00, %v108 ]
  %v120 = phi i64 [ %v121, %v109 ], [ %v122, %v108 ]
  %v123 = phi i64 [ %v124, %v109 ], [ %v104, %v108 ]
  %v121 = add nsw i64 %v120, -1
  %v124 = add i64 %v123, 1
  %v125 = icmp slt i64 %v123, 0
  %v126 = select i1 %v125, i64 %v52, i64 0
  %v127 = add i64 %v126, %v123
  %v128 = getelementptr float, ptr %v50, i64 %v127
  %v129 = load float, ptr %v128, align 4
  %v130 = getelementptr float, ptr %v67, i64 %v127
  %v131 = load float, ptr %v130, align 4
  %v132 = fmul float %v129, %v131
  %v133 = fpext float %v132 to double
  %v119 = fadd double %v118, %v133
  %v134 = fpext float %v129 to double
  %v117 = fadd double %v116, %v134
  %v135 = fmul float %v129, %v129
  %v136 = fpext float %v135 to double
  %v115 = fadd double %v114, %v136
  %v137 = fsub float %v131, %v138
  %v139 = fpext float %v137 to double
  %v113 = fadd double %v112, %v139
  %v140 = fmul float %v137, %v137
  %v141 = fpext float %v140 to double
  %v111 = fadd double %v110, %v141
  %v142 = icmp samesign ugt i64 %v120, 1
  br i1 %v142, label %v109, label %v143

v143:
  %v144 = phi double [ 0.000000e+00, %v108 ], [ %v119, %v109 ]
  %v145 = phi double [ 0.000000e+00, %v108 ], [ %v117, %v109 ]
  %v146 = phi double [ 0.000000e+00, %v108 ], [ %v115, %v109 ]
  %v147 = phi double [ 0.000000e+00, %v108 ], [ %v113, %v109 ]
  %v148 = phi double [ 0.000000e+00, %v108 ], [ %v111, %v109 ]
  %v149 = mul i64 %v76, %v99
  %v150 = getelementptr double, ptr %v151, i64 %v149
  store double %v144, ptr %v150, align 8
  %v152 = getelementptr double, ptr %v153, i64 %v149
  store double %v145, ptr %v152, align 8
  %v154 = getelementptr double, ptr %v155, i64 %v149
  store double %v146, ptr %v154, align 8
  %v156 = getelementptr double, ptr %v157, i64 %v149
  store double %v147, ptr %v156, align 8
  %v158 = getelementptr double, ptr %v159, i64 %v149
  store double %v148, ptr %v158, align 8
  %v160 = getelementptr double, ptr %v161, i64 %v149
  %v162 = fpext float %v138 to double
  store double %v162, ptr %v160, align 8
  br label %v102

v70:
  store ptr null, ptr %v0, align 8
  ret i32 0

v102:
  %v163 = icmp eq i64 %v99, %v85
  br i1 %v163, label %v88, label %v98

v87:
  %v90 = phi i64 [ 0, %v69 ], [ %v164, %v88 ]
  %v164 = add nuw nsw i64 %v90, 1
  br i1 %v71, label %v91, label %v97

v97:
  %v165 = getelementptr i64, ptr %v22, i64 %v90
  %v166 = load i64, ptr %v165, align 8
  %v167 = getelementptr i8, ptr %v165, i64 8
  %v168 = load i64, ptr %v167, align 8
  %v169 = sub i64 %v168, %v166
  %v170 = icmp slt i64 %v169, 1
  br i1 %v170, label %v171, label %v172

v172:
  br i1 %v72, label %v173, label %v174

v174:
  %v175 = phi i64 [ %v176, %v177 ], [ %v169, %v172 ]
  %v178 = phi i64 [ %v179, %v177 ], [ %v166, %v172 ]
  %v180 = icmp slt i64 %v178, 0
  %v181 = select i1 %v180, i64 %v30, i64 0
  %v182 = getelementptr i32, ptr %v29, i64 %v178
  %v183 = getelementptr i32, ptr %v182, i64 %v181
  %v184 = load i32, ptr %v183, align 4
  %v185 = zext i32 %v184 to i64
  %v186 = getelementptr i32, ptr %v15, i64 %v185
  %v187 = load i32, ptr %v186, align 4
  %v188 = zext i32 %v187 to i64
  %v189 = mul i64 %v8, %v188
  %v190 = getelementptr float, ptr %v6, i64 %v189
  %v191 = select i1 %v180, i64 %v37, i64 0
  %v192 = getelementptr float, ptr %v36, i64 %v178
  %v193 = getelementptr float, ptr %v192, i64 %v191
  %v194 = load float, ptr %v193, align 4
  %v195 = getelementptr float, ptr %v67, i64 %v188
  store float %v194, ptr %v195, align 4
  br label %v196

v196:
  %v197 = phi i64 [ 0, %v174 ], [ %v198, %v196 ]
  %v198 = add nuw nsw i64 %v197, 1
  %v199 = getelementptr float, ptr %v50, i64 %v197
  %v200 = load float, ptr %v199, align 4
  %v201 = getelementptr float, ptr %v190, i64 %v197
  %v202 = load float, ptr %v201, align 4
  %v203 = fmul float %v194, %v202
  %v204 = fadd float %v200, %v203
  store float %v204, ptr %v199, align 4
  %v205 = icmp eq i64 %v7, %v198
  br i1 %v205, label %v177, label %v196

v177:
  %v176 = add nsw i64 %v175, -1
  %v179 = add i64 %v178, 1
  %v206 = icmp sgt i64 %v175, 1
  br i1 %v206, label %v174, label %v171

v173:
  %v207 = phi i64 [ %v208, %v173 ], [ %v169, %v172 ]
  %v209 = phi i64 [ %v210, %v173 ], [ %v166, %v172 ]
  %v208 = add nsw i64 %v207, -1
  %v210 = add i64 %v209, 1
  %v211 = icmp slt i64 %v209, 0
  %v212 = select i1 %v211, i64 %v30, i64 0
  %v213 = getelementptr i32, ptr %v29, i64 %v209
  %v214 = getelementptr i32, ptr %v213, i64 %v212
  %v215 = load i32, ptr %v214, align 4
  %v216 = zext i32 %v215 to i64
  %v217 = getelementptr i32, ptr %v15, i64 %v216
  %v218 = load i32, ptr %v217, align 4
  %v219 = zext i32 %v218 to i64
  %v220 = select i1 %v211, i64 %v37, i64 0
  %v221 = getelementptr float, ptr %v36, i64 %v209
  %v222 = getelementptr float, ptr %v221, i64 %v220
  %v223 = load float, ptr %v222, align 4
  %v224 = getelementptr float, ptr %v67, i64 %v219
  store float %v223, ptr %v224, align 4
  %v225 = icmp samesign ugt i64 %v207, 1
  br i1 %v225, label %v173, label %v171

v171:
  br i1 %v75, label %v100, label %v88

v100:
  %v151 = getelementptr double, ptr %v59, i64 %v90
  %v153 = getelementptr double, ptr %v74, i64 %v90
  %v155 = getelementptr double, ptr %v78, i64 %v90
  %v157 = getelementptr double, ptr %v80, i64 %v90
  %v159 = getelementptr double, ptr %v82, i64 %v90
  %v161 = getelementptr double, ptr %v84, i64 %v90
  br label %v98

v108:
  %v226 = icmp slt i64 %v104, 0
  %v227 = select i1 %v226, i64 %v52, i64 0
  %v228 = getelementptr float, ptr %v67, i64 %v104
  %v229 = getelementptr float, ptr %v228, i64 %v227
  %v138 = load float, ptr %v229, align 4
  %v230 = sub i64 %v106, %v104
  %v122 = call i64 @llvm.smax.i64(i64 %v230, i64 0)
  %v231 = icmp eq i64 %v122, 0
  br i1 %v231, label %v143, label %v109
}

declare i64 @llvm.smax.i64(i64, i64)

define i32 @ridge._sparse_fold_moments_a54235780867(ptr %v0, ptr %v1, ptr %v2, i64 %v3, i64 %v4, ptr %v5, i64 %v6, ptr %v7, i64 %v8, ptr %v9, i64 %v10, ptr %v11, i64 %v12, ptr %v13, i64 %v14, ptr %v15, i64 %v16, i64 %v17, ptr %v18, i64 %v19, i64 %v20, i64 %v21) {
  %v22 = mul i64 4, %v4
  %v23 = mul i64 %v22, %v3
  %v24 = udiv exact i64 %v23, 4
  %v25 = mul i64 4, %v6
  %v26 = udiv exact i64 %v25, 4
  %v27 = mul i64 8, %v8
  %v28 = udiv exact i64 %v27, 8
  %v29 = mul i64 4, %v10
  %v30 = udiv exact i64 %v29, 4
  %v31 = mul i64 4, %v12
  %v32 = udiv exact i64 %v31, 4
  %v33 = mul i64 8, %v14
  %v34 = udiv exact i64 %v33, 8
  %v35 = mul i64 4, %v17
  %v36 = mul i64 %v35, %v16
  %v37 = udiv exact i64 %v36, 4
  %v38 = mul i64 8, %v21
  %v39 = mul i64 %v38, %v20
  %v40 = mul i64 %v39, %v19
  %v41 = udiv exact i64 %v40, 8
  %v42 = call i32 @part0(ptr %v0, ptr %v1, ptr null, ptr null, i64 %v24, i64 4, ptr %v2, i64 %v3, i64 %v4, i64 %v22, i64 4, ptr null, ptr null, i64 %v26, i64 4, ptr %v5, i64 %v6, i64 4, ptr null, ptr null, i64 %v28, i64 8, ptr %v7, i64 %v8, i64 8, ptr null, ptr null, i64 %v30, i64 4, ptr %v9, i64 %v10, i64 4, ptr null, ptr null, i64 %v32, i64 4, ptr %v11, i64 %v12, i64 4, ptr null, ptr null, i64 %v34, i64 8, ptr %v13, i64 %v14, i64 8, ptr null, ptr null, i64 %v37, i64 4, ptr %v15, i64 %v16, i64 %v17, i64 %v35, i64 4, ptr null, ptr null, i64 %v41, i64 8, ptr %v18, i64 %v19, i64 %v20, i64 %v21, i64 %v39, i64 %v38, i64 8)
  ret i32 %v42
}
