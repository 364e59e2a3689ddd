define internal i32 @part0(ptr noalias captures(none) %v0, ptr noalias captures(none) %v1, ptr %v2, ptr %v3, i64 %v4, i64 %v5, ptr %v6, i64 %v7, i64 %v8, ptr %v9, ptr %v10, i64 %v11, i64 %v12, ptr %v13, i64 %v14, i64 %v15, ptr %v16, ptr %v17, i64 %v18, i64 %v19, ptr %v20, i64 %v21, i64 %v22, ptr %v23, ptr %v24, i64 %v25, i64 %v26, ptr %v27, i64 %v28, i64 %v29, ptr %v30, ptr %v31, i64 %v32, i64 %v33, ptr %v34, i64 %v35, i64 %v36, i64 %v37, i64 %v38, ptr %v39, ptr %v40, i64 %v41, i64 %v42, ptr %v43, i64 %v44, i64 %v45, i64 %v46, i64 %v47, ptr %v48, ptr %v49, i64 %v50, i64 %v51, ptr %v52, i64 %v53, i64 %v54, i64 %v55, i64 %v56, i64 %v57, i64 %v58) {
v59:
  %v60 = icmp sgt i64 %v11, 1
  br i1 %v60, label %v61, label %v62

v61:
  %v63 = getelementptr i64, ptr %v34, i64 %v36
  %v64 = icmp slt i64 %v54, 1
  %v65 = add nsw i64 %v11, -2
  br label %v66

v67:
  %v68 = phi i64 [ 0, %v69 ], [ %v70, %v67 ]
  %v71 = phi double [ 0xFFF0000000000000, %v69 ], [ %v72, %v67 ]
  %v73 = phi double [ 0xFFF0000000000000, %v69 ], [ %v74, %v67 ]
  %v75 = phi i64 [ 0, %v69 ], [ %v76, %v67 ]
  %v76 = add nuw nsw i64 %v75, 1
  %v77 = add nsw i64 %v75, %v78
  %v79 = icmp slt i64 %v77, 0
  %v80 = select i1 %v79, i64 %v7, i64 0
  %v81 = getelementptr float, ptr %v6, i64 %v77
  %v82 = getelementptr float, ptr %v81, i64 %v80
  %v83 = load float, ptr %v82, align 4
  %v84 = fpext float %v83 to double
  %v85 = fcmp olt double %v73, %v84
  %v74 = select i1 %v85, double %v84, double %v73
  %v70 = select i1 %v85, i64 %v75, i64 %v68
  %v86 = add nsw i64 %v75, %v87
  %v88 = icmp slt i64 %v86, 0
  %v89 = select i1 %v88, i64 %v21, i64 0
  %v90 = getelementptr i32, ptr %v20, i64 %v86
  %v91 = getelementptr i32, ptr %v90, i64 %v89
  %v92 = load i32, ptr %v91, align 4
  %v93 = icmp eq i32 %v92, %v94
  %v95 = fcmp olt double %v71, %v84
  %v96 = select i1 %v93, i1 %v95, i1 false
  %v72 = select i1 %v96, double %v84, double %v71
  %v97 = icmp eq i64 %v98, %v76
  br i1 %v97, label %v99, label %v67

v100:
  %v101 = phi i64 [ %v102, %v100 ], [ 1, %v99 ]
  %v103 = phi i64 [ %v104, %v100 ], [ 0, %v99 ]
  %v104 = add nuw nsw i64 %v103, 1
  %v105 = add nsw i64 %v103, %v78
  %v106 = icmp slt i64 %v105, 0
  %v107 = select i1 %v106, i64 %v7, i64 0
  %v108 = getelementptr float, ptr %v6, i64 %v105
  %v109 = getelementptr float, ptr %v108, i64 %v107
  %v110 = load float, ptr %v109, align 4
  %v111 = fpext float %v110 to double
  %v112 = fcmp olt double %v72, %v111
  %v113 = zext i1 %v112 to i64
  %v102 = add nuw nsw i64 %v101, %v113
  %v114 = icmp eq i64 %v98, %v104
  br i1 %v114, label %v115, label %v100

v115:
  %v116 = uitofp nneg i64 %v102 to double
  br label %v117

v117:
  %v118 = phi i64 [ %v70, %v115 ], [ 0, %v119 ]
  %v120 = phi double [ %v116, %v115 ], [ 1.000000e+00, %v119 ]
  %v121 = add nsw i64 %v122, %v87
  %v123 = icmp slt i64 %v121, 0
  %v124 = select i1 %v123, i64 %v45, i64 0
  %v125 = getelementptr i32, ptr %v126, i64 %v121
  %v127 = getelementptr i32, ptr %v125, i64 %v124
  %v128 = trunc i64 %v118 to i32
  store i32 %v128, ptr %v127, align 4
  %v129 = fdiv double 1.000000e+00, %v120
  %v130 = fadd double %v131, %v129
  %v132 = add nsw i64 %v118, %v87
  %v133 = icmp slt i64 %v132, 0
  %v134 = select i1 %v133, i64 %v36, i64 0
  %v135 = getelementptr i64, ptr %v34, i64 %v132
  %v136 = getelementptr i64, ptr %v135, i64 %v134
  %v137 = load i64, ptr %v136, align 8
  %v138 = add nsw i64 %v137, %v139
  %v140 = select i1 %v133, i64 %v21, i64 0
  %v141 = getelementptr i32, ptr %v20, i64 %v132
  %v142 = getelementptr i32, ptr %v141, i64 %v140
  %v143 = load i32, ptr %v142, align 4
  %v144 = select i1 %v123, i64 %v21, i64 0
  %v145 = getelementptr i32, ptr %v20, i64 %v121
  %v146 = getelementptr i32, ptr %v145, i64 %v144
  %v147 = load i32, ptr %v146, align 4
  %v148 = icmp eq i32 %v143, %v147
  %v149 = zext i1 %v148 to i64
  %v150 = add nuw nsw i64 %v151, %v149
  %v152 = select i1 %v133, i64 %v28, i64 0
  %v153 = getelementptr i32, ptr %v27, i64 %v132
  %v154 = getelementptr i32, ptr %v153, i64 %v152
  %v155 = load i32, ptr %v154, align 4
  %v156 = select i1 %v123, i64 %v28, i64 0
  %v157 = getelementptr i32, ptr %v27, i64 %v121
  %v158 = getelementptr i32, ptr %v157, i64 %v156
  %v159 = load i32, ptr %v158, align 4
  %v160 = icmp eq i32 %v155, %v159
  br i1 %v160, label %v161, label %v162

v161:
  %v163 = sext i32 %v155 to i64
  %v164 = add nsw i64 %v87, %v163
  %v165 = icmp slt i64 %v164, 0
  %v166 = select i1 %v165, i64 %v36, i64 0
  %v167 = getelementptr i64, ptr %v63, i64 %v164
  %v168 = getelementptr i64, ptr %v167, i64 %v166
  %v169 = load i64, ptr %v168, align 8
  %v170 = sitofp i64 %v169 to double
  %v171 = fdiv double 1.000000e+00, %v170
  %v172 = fadd double %v173, %v171
  br label %v162

v162:
  %v174 = phi double [ %v172, %v161 ], [ %v173, %v117 ]
  %v175 = icmp eq i64 %v98, %v176
  br i1 %v175, label %v177, label %v119

v177:
  %v178 = uitofp nneg i64 %v150 to double
  %v179 = sitofp i64 %v138 to double
  br label %v180

v180:
  %v181 = phi double [ 0.000000e+00, %v182 ], [ %v178, %v177 ]
  %v183 = phi double [ 0.000000e+00, %v182 ], [ %v179, %v177 ]
  %v184 = phi double [ 0.000000e+00, %v182 ], [ %v174, %v177 ]
  %v185 = phi double [ 0.000000e+00, %v182 ], [ %v130, %v177 ]
  %v186 = add i64 %v187, %v188
  %v189 = mul i64 %v186, %v55
  %v190 = getelementptr double, ptr %v52, i64 %v189
  store double %v181, ptr %v190, align 8
  %v191 = fdiv double %v183, %v192
  %v193 = getelementptr i8, ptr %v190, i64 8
  store double %v191, ptr %v193, align 8
  %v194 = getelementptr i8, ptr %v190, i64 16
  store double %v184, ptr %v194, align 8
  %v195 = getelementptr i8, ptr %v190, i64 24
  store double %v185, ptr %v195, align 8
  %v196 = icmp eq i64 %v54, %v197
  br i1 %v196, label %v198, label %v182

v198:
  %v199 = mul nsw i64 %v98, %v54
  %v200 = mul nsw i64 %v199, %v98
  %v201 = add nsw i64 %v200, %v202
  %v203 = icmp eq i64 %v204, %v65
  br i1 %v203, label %v62, label %v66

v62:
  store ptr null, ptr %v0, align 8
  ret i32 0

v66:
  %v202 = phi i64 [ 0, %v61 ], [ %v201, %v198 ]
  %v204 = phi i64 [ 0, %v61 ], [ %v205, %v198 ]
  %v205 = add nuw nsw i64 %v204, 1
  %v206 = getelementptr i64, ptr %v13, i64 %v204
  %v87 = load i64, ptr %v206, align 8
  %v207 = getelementptr i8, ptr %v206, i64 8
  %v208 = load i64, ptr %v207, align 8
  %v98 = sub i64 %v208, %v87
  %v209 = icmp sgt i64 %v98, 0
  %v210 = call i64 @llvm.smax.i64(i64 %v98, i64 0)
  br i1 %v209, label %v211, label %v212

v211:
  %v213 = phi i64 [ %v214, %v215 ], [ %v210, %v66 ]
  %v216 = phi i64 [ %v217, %v215 ], [ %v87, %v66 ]
  %v218 = icmp slt i64 %v216, 0
  %v219 = select i1 %v218, i64 %v28, i64 0
  %v220 = getelementptr i32, ptr %v27, i64 %v216
  %v221 = getelementptr i32, ptr %v220, i64 %v219
  %v222 = load i32, ptr %v221, align 4
  %v223 = sext i32 %v222 to i64
  %v224 = add nsw i64 %v87, %v223
  %v225 = icmp slt i64 %v224, 0
  %v226 = select i1 %v225, i64 %v36, i64 0
  %v227 = getelementptr i64, ptr %v63, i64 %v224
  %v228 = getelementptr i64, ptr %v227, i64 %v226
  %v229 = load i64, ptr %v228, align 8
  %v230 = add nsw i64 %v229, 1
  store i64 %v230, ptr %v228, align 8
  %v231 = select i1 %v218, i64 %v21, i64 0
  %v232 = getelementptr i32, ptr %v20, i64 %v216
  %v233 = getelementptr i32, ptr %v232, i64 %v231
  %v234 = select i1 %v218, i64 %v36, i64 0
  %v235 = getelementptr i64, ptr %v34, i64 %v216
  %v236 = getelementptr i64, ptr %v235, i64 %v234
  br label %v237

v237:
  %v238 = phi i64 [ %v98, %v211 ], [ %v239, %v240 ]
  %v241 = phi i64 [ %v87, %v211 ], [ %v242, %v240 ]
  %v239 = add nsw i64 %v238, -1
  %v242 = add i64 %v241, 1
  %v243 = icmp slt i64 %v241, 0
  %v244 = select i1 %v243, i64 %v21, i64 0
  %v245 = getelementptr i32, ptr %v20, i64 %v241
  %v246 = getelementptr i32, ptr %v245, i64 %v244
  %v247 = load i32, ptr %v246, align 4
  %v248 = load i32, ptr %v233, align 4
  %v249 = icmp eq i32 %v247, %v248
  br i1 %v249, label %v250, label %v240

v250:
  %v251 = load i64, ptr %v236, align 8
  %v252 = add nsw i64 %v251, 1
  store i64 %v252, ptr %v236, align 8
  br label %v240

v240:
  %v253 = icmp sgt i64 %v238, 1
  br i1 %v253, label %v237, label %v215

v215:
  %v214 = add nsw i64 %v213, -1
  %v217 = add i64 %v216, 1
  %v254 = icmp sgt i64 %v213, 1
  br i1 %v254, label %v211, label %v212

v212:
  br i1 %v64, label %v198, label %v255

v255:
  %v256 = icmp slt i64 %v98, 1
  %v188 = mul i64 %v204, %v54
  %v192 = sitofp i64 %v98 to double
  br label %v182

v182:
  %v187 = phi i64 [ 0, %v255 ], [ %v197, %v180 ]
  %v197 = add nuw nsw i64 %v187, 1
  br i1 %v209, label %v257, label %v180

v257:
  %v258 = mul nuw nsw i64 %v187, %v98
  %v259 = mul i64 %v187, %v45
  %v126 = getelementptr i32, ptr %v43, i64 %v259
  br label %v119

v119:
  %v131 = phi double [ 0.000000e+00, %v257 ], [ %v130, %v162 ]
  %v173 = phi double [ 0.000000e+00, %v257 ], [ %v174, %v162 ]
  %v139 = phi i64 [ 0, %v257 ], [ %v138, %v162 ]
  %v151 = phi i64 [ 0, %v257 ], [ %v150, %v162 ]
  %v122 = phi i64 [ 0, %v257 ], [ %v176, %v162 ]
  %v176 = add nuw nsw i64 %v122, 1
  %v260 = add nuw nsw i64 %v122, %v258
  %v261 = mul nuw nsw i64 %v260, %v98
  %v78 = add nsw i64 %v261, %v202
  br i1 %v256, label %v117, label %v69

v69:
  %v262 = add nsw i64 %v122, %v87
  %v263 = icmp slt i64 %v262, 0
  %v264 = select i1 %v263, i64 %v21, i64 0
  %v265 = getelementptr i32, ptr %v20, i64 %v262
  %v266 = getelementptr i32, ptr %v265, i64 %v264
  %v94 = load i32, ptr %v266, align 4
  br label %v67

v99:
  br label %v100
}

declare i64 @llvm.smax.i64(i64, i64)

define i32 @retrieval._score_texts_01d81eec9789(ptr %v0, ptr %v1, ptr %v2, i64 %v3, ptr %v4, i64 %v5, ptr %v6, i64 %v7, ptr %v8, i64 %v9, ptr %v10, i64 %v11, i64 %v12, ptr %v13, i64 %v14, i64 %v15, ptr %v16, i64 %v17, i64 %v18, i64 %v19) {
  %v20 = mul i64 4, %v3
  %v21 = udiv exact i64 %v20, 4
  %v22 = mul i64 8, %v5
  %v23 = udiv exact i64 %v22, 8
  %v24 = mul i64 4, %v7
  %v25 = udiv exact i64 %v24, 4
  %v26 = mul i64 4, %v9
  %v27 = udiv exact i64 %v26, 4
  %v28 = mul i64 8, %v12
  %v29 = mul i64 %v28, %v11
  %v30 = udiv exact i64 %v29, 8
  %v31 = mul i64 4, %v15
  %v32 = mul i64 %v31, %v14
  %v33 = udiv exact i64 %v32, 4
  %v34 = mul i64 8, %v19
  %v35 = mul i64 %v34, %v18
  %v36 = mul i64 %v35, %v17
  %v37 = udiv exact i64 %v36, 8
  %v38 = call i32 @part0(ptr %v0, ptr %v1, ptr null, ptr null, i64 %v21, i64 4, ptr %v2, i64 %v3, i64 4, ptr null, ptr null, i64 %v23, i64 8, ptr %v4, i64 %v5, i64 8, ptr null, ptr null, i64 %v25, i64 4, ptr %v6, i64 %v7, i64 4, ptr null, ptr null, i64 %v27, i64 4, ptr %v8, i64 %v9, i64 4, ptr null, ptr null, i64 %v30, i64 8, ptr %v10, i64 %v11, i64 %v12, i64 %v28, i64 8, ptr null, ptr null, i64 %v33, i64 4, ptr %v13, i64 %v14, i64 %v15, i64 %v31, i64 4, ptr null, ptr null, i64 %v37, i64 8, ptr %v16, i64 %v17, i64 %v18, i64 %v19, i64 %v35, i64 %v34, i64 8)
  ret i32 %v38
}
