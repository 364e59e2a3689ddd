define internal i32 @part0(ptr noalias captures(none) %v0, ptr noalias captures(none) %v1, ptr %v2, ptr %v3, i64 %v4, i64 %v5, ptr %v6, i64 %v7, i64 %v8, i64 %v9, i64 %v10, ptr %v11, ptr %v12, i64 %v13, i64 %v14, ptr %v15, i64 %v16, i64 %v17, ptr %v18, ptr %v19, i64 %v20, i64 %v21, ptr %v22, i64 %v23, i64 %v24, ptr %v25, ptr %v26, i64 %v27, i64 %v28, ptr %v29, i64 %v30, i64 %v31, ptr %v32, ptr %v33, i64 %v34, i64 %v35, ptr %v36, i64 %v37, i64 %v38, ptr %v39, ptr %v40, i64 %v41, i64 %v42, ptr %v43, i64 %v44, i64 %v45, ptr %v46, ptr %v47, i64 %v48, i64 %v49, ptr %v50, i64 %v51, i64 %v52, i64 %v53, i64 %v54, ptr %v55, ptr %v56, i64 %v57, i64 %v58, ptr %v59, i64 %v60, i64 %v61, i64 %v62, i64 %v63, i64 %v64, i64 %v65) {
v66:
  %v67 = getelementptr double, ptr %v50, i64 %v52
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
  %v94 = getelementptr double, ptr %v50, i64 %v92
  store double 0.000000e+00, ptr %v94, align 8
  %v95 = getelementptr double, ptr %v67, i64 %v92
  store double 0.000000e+00, ptr %v95, align 8
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
  %v128 = getelementptr double, ptr %v50, i64 %v127
  %v129 = load double, ptr %v128, align 8
  %v130 = getelementptr double, ptr %v67, i64 %v127
  %v131 = load double, ptr %v130, align 8
  %v132 = fmul double %v129, %v131
  %v119 = fadd double %v118, %v132
  %v117 = fadd double %v116, %v129
  %v133 = fmul double %v129, %v129
  %v115 = fadd double %v114, %v133
  %v134 = fsub double %v131, %v135
  %v113 = fadd double %v112, %v134
  %v136 = fmul double %v134, %v134
  %v111 = fadd double %v110, %v136
  %v137 = icmp samesign ugt i64 %v120, 1
  br i1 %v137, label %v109, label %v138

v138:
  %v139 = phi double [ 0.000000e+00, %v108 ], [ %v119, %v109 ]
  %v140 = phi double [ 0.000000e+00, %v108 ], [ %v117, %v109 ]
  %v141 = phi double [ 0.000000e+00, %v108 ], [ %v115, %v109 ]
  %v142 = phi double [ 0.000000e+00, %v108 ], [ %v113, %v109 ]
  %v143 = phi double [ 0.000000e+00, %v108 ], [ %v111, %v109 ]
  %v144 = mul i64 %v76, %v99
  %v145 = getelementptr double, ptr %v146, i64 %v144
  store double %v139, ptr %v145, align 8
  %v147 = getelementptr double, ptr %v148, i64 %v144
  store double %v140, ptr %v147, align 8
  %v149 = getelementptr double, ptr %v150, i64 %v144
  store double %v141, ptr %v149, align 8
  %v151 = getelementptr double, ptr %v152, i64 %v144
  store double %v142, ptr %v151, align 8
  %v153 = getelementptr double, ptr %v154, i64 %v144
  store double %v143, ptr %v153, align 8
  %v155 = getelementptr double, ptr %v156, i64 %v144
  store double %v135, ptr %v155, align 8
  br label %v102

v70:
  store ptr null, ptr %v0, align 8
  ret i32 0

v102:
  %v157 = icmp eq i64 %v99, %v85
  br i1 %v157, label %v88, label %v98

v87:
  %v90 = phi i64 [ 0, %v69 ], [ %v158, %v88 ]
  %v158 = add nuw nsw i64 %v90, 1
  br i1 %v71, label %v91, label %v97

v97:
  %v159 = getelementptr i64, ptr %v22, i64 %v90
  %v160 = load i64, ptr %v159, align 8
  %v161 = getelementptr i8, ptr %v159, i64 8
  %v162 = load i64, ptr %v161, align 8
  %v163 = sub i64 %v162, %v160
  %v164 = icmp slt i64 %v163, 1
  br i1 %v164, label %v165, label %v166

v166:
  br i1 %v72, label %v167, label %v168

v168:
  %v169 = phi i64 [ %v170, %v171 ], [ %v163, %v166 ]
  %v172 = phi i64 [ %v173, %v171 ], [ %v160, %v166 ]
  %v174 = icmp slt i64 %v172, 0
  %v175 = select i1 %v174, i64 %v30, i64 0
  %v176 = getelementptr i32, ptr %v29, i64 %v172
  %v177 = getelementptr i32, ptr %v176, i64 %v175
  %v178 = load i32, ptr %v177, align 4
  %v179 = zext i32 %v178 to i64
  %v180 = getelementptr i32, ptr %v15, i64 %v179
  %v181 = load i32, ptr %v180, align 4
  %v182 = zext i32 %v181 to i64
  %v183 = mul i64 %v8, %v182
  %v184 = getelementptr double, ptr %v6, i64 %v183
  %v185 = select i1 %v174, i64 %v37, i64 0
  %v186 = getelementptr double, ptr %v36, i64 %v172
  %v187 = getelementptr double, ptr %v186, i64 %v185
  %v188 = load double, ptr %v187, align 8
  %v189 = getelementptr double, ptr %v67, i64 %v182
  store double %v188, ptr %v189, align 8
  br label %v190

v190:
  %v191 = phi i64 [ 0, %v168 ], [ %v192, %v190 ]
  %v192 = add nuw nsw i64 %v191, 1
  %v193 = getelementptr double, ptr %v50, i64 %v191
  %v194 = load double, ptr %v193, align 8
  %v195 = getelementptr double, ptr %v184, i64 %v191
  %v196 = load double, ptr %v195, align 8
  %v197 = fmul double %v188, %v196
  %v198 = fadd double %v194, %v197
  store double %v198, ptr %v193, align 8
  %v199 = icmp eq i64 %v7, %v192
  br i1 %v199, label %v171, label %v190

v171:
  %v170 = add nsw i64 %v169, -1
  %v173 = add i64 %v172, 1
  %v200 = icmp sgt i64 %v169, 1
  br i1 %v200, label %v168, label %v165

v167:
  %v201 = phi i64 [ %v202, %v167 ], [ %v163, %v166 ]
  %v203 = phi i64 [ %v204, %v167 ], [ %v160, %v166 ]
  %v202 = add nsw i64 %v201, -1
  %v204 = add i64 %v203, 1
  %v205 = icmp slt i64 %v203, 0
  %v206 = select i1 %v205, i64 %v30, i64 0
  %v207 = getelementptr i32, ptr %v29, i64 %v203
  %v208 = getelementptr i32, ptr %v207, i64 %v206
  %v209 = load i32, ptr %v208, align 4
  %v210 = zext i32 %v209 to i64
  %v211 = getelementptr i32, ptr %v15, i64 %v210
  %v212 = load i32, ptr %v211, align 4
  %v213 = zext i32 %v212 to i64
  %v214 = select i1 %v205, i64 %v37, i64 0
  %v215 = getelementptr double, ptr %v36, i64 %v203
  %v216 = getelementptr double, ptr %v215, i64 %v214
  %v217 = load double, ptr %v216, align 8
  %v218 = getelementptr double, ptr %v67, i64 %v213
  store double %v217, ptr %v218, align 8
  %v219 = icmp samesign ugt i64 %v201, 1
  br i1 %v219, label %v167, label %v165

v165:
  br i1 %v75, label %v100, label %v88

v100:
  %v146 = getelementptr double, ptr %v59, i64 %v90
  %v148 = getelementptr double, ptr %v74, i64 %v90
  %v150 = getelementptr double, ptr %v78, i64 %v90
  %v152 = getelementptr double, ptr %v80, i64 %v90
  %v154 = getelementptr double, ptr %v82, i64 %v90
  %v156 = getelementptr double, ptr %v84, i64 %v90
  br label %v98

v108:
  %v220 = icmp slt i64 %v104, 0
  %v221 = select i1 %v220, i64 %v52, i64 0
  %v222 = getelementptr double, ptr %v67, i64 %v104
  %v223 = getelementptr double, ptr %v222, i64 %v221
  %v135 = load double, ptr %v223, align 8
  %v224 = sub i64 %v106, %v104
  %v122 = call i64 @llvm.smax.i64(i64 %v224, i64 0)
  %v225 = icmp eq i64 %v122, 0
  br i1 %v225, label %v138, label %v109
}

declare i64 @llvm.smax.i64(i64, i64)

define i32 @ridge._sparse_fold_moments_d5b5ab156f74(ptr %v0, ptr %v1, ptr %v2, i64 %v3, i64 %v4, ptr %v5, i64 %v6, ptr %v7, i64 %v8, ptr %v9, i64 %v10, ptr %v11, i64 %v12, ptr %v13, i64 %v14, ptr %v15, i64 %v16, i64 %v17, ptr %v18, i64 %v19, i64 %v20, i64 %v21) {
  %v22 = mul i64 8, %v4
  %v23 = mul i64 %v22, %v3
  %v24 = udiv exact i64 %v23, 8
  %v25 = mul i64 4, %v6
  %v26 = udiv exact i64 %v25, 4
  %v27 = mul i64 8, %v8
  %v28 = udiv exact i64 %v27, 8
  %v29 = mul i64 4, %v10
  %v30 = udiv exact i64 %v29, 4
  %v31 = mul i64 8, %v12
  %v32 = udiv exact i64 %v31, 8
  %v33 = mul i64 8, %v14
  %v34 = udiv exact i64 %v33, 8
  %v35 = mul i64 8, %v17
  %v36 = mul i64 %v35, %v16
  %v37 = udiv exact i64 %v36, 8
  %v38 = mul i64 8, %v21
  %v39 = mul i64 %v38, %v20
  %v40 = mul i64 %v39, %v19
  %v41 = udiv exact i64 %v40, 8
  %v42 = call i32 @part0(ptr %v0, ptr %v1, ptr null, ptr null, i64 %v24, i64 8, ptr %v2, i64 %v3, i64 %v4, i64 %v22, i64 8, ptr null, ptr null, i64 %v26, i64 4, ptr %v5, i64 %v6, i64 4, ptr null, ptr null, i64 %v28, i64 8, ptr %v7, i64 %v8, i64 8, ptr null, ptr null, i64 %v30, i64 4, ptr %v9, i64 %v10, i64 4, ptr null, ptr null, i64 %v32, i64 8, ptr %v11, i64 %v12, i64 8, ptr null, ptr null, i64 %v34, i64 8, ptr %v13, i64 %v14, i64 8, ptr null, ptr null, i64 %v37, i64 8, ptr %v15, i64 %v16, i64 %v17, i64 %v35, i64 8, ptr null, ptr null, i64 %v41, i64 8, ptr %v18, i64 %v19, i64 %v20, i64 %v21, i64 %v39, i64 %v38, i64 8)
  ret i32 %v42
}
