define internal range(i32 -1, -2) i32 @part0(ptr noalias captures(none) %v0, ptr noalias captures(none) %v1, ptr %v2, ptr %v3, i64 %v4, i64 %v5, ptr %v6, i64 %v7, i64 %v8, i64 %v9, i64 %v10, i64 %v11, i64 %v12, ptr %v13, ptr %v14, i64 %v15, i64 %v16, ptr %v17, i64 %v18, i64 %v19, i64 %v20, i64 %v21, i64 %v22, i64 %v23, ptr %v24, ptr %v25, i64 %v26, i64 %v27, ptr %v28, i64 %v29, i64 %v30, ptr %v31, ptr %v32, i64 %v33, i64 %v34, ptr %v35, i64 %v36, i64 %v37, i64 %v38, i64 %v39, ptr %v40, ptr %v41, i64 %v42, i64 %v43, ptr %v44, i64 %v45, i64 %v46, i64 %v47, i64 %v48) {
v49:
  %v50 = alloca double, align 8
  %v51 = alloca ptr, align 8
  store ptr null, ptr %v51, align 8
  %v52 = alloca double, align 8
  %v53 = alloca ptr, align 8
  store ptr null, ptr %v53, align 8
  %v54 = icmp slt i64 %v7, 1
  br i1 %v54, label %v55, label %v56

v56:
  %v57 = icmp slt i64 %v26, 1
  %v58 = mul i64 %v9, %v8
  %v59 = mul i64 %v20, %v19
  br i1 %v57, label %v55, label %v60

v60:
  %v61 = icmp slt i64 %v9, 1
  br i1 %v61, label %v62, label %v63

v63:
  %v64 = phi i64 [ %v65, %v66 ], [ 0, %v60 ]
  %v65 = add nuw nsw i64 %v64, 1
  %v67 = mul i64 %v58, %v64
  %v68 = getelementptr float, ptr %v6, i64 %v67
  %v69 = mul i64 %v59, %v64
  %v70 = getelementptr float, ptr %v17, i64 %v69
  %v71 = mul i64 %v64, %v37
  %v72 = getelementptr double, ptr %v35, i64 %v71
  %v73 = mul i64 %v64, %v46
  %v74 = getelementptr i8, ptr %v44, i64 %v73
  br label %v75

v75:
  %v76 = phi i64 [ 0, %v63 ], [ %v77, %v78 ]
  %v79 = getelementptr i64, ptr %v28, i64 %v76
  %v80 = load i64, ptr %v79, align 8
  %v81 = icmp slt i64 %v80, 0
  %v82 = select i1 %v81, i64 %v8, i64 0
  %v83 = add i64 %v82, %v80
  %v84 = mul i64 %v83, %v9
  %v85 = getelementptr float, ptr %v68, i64 %v84
  %v86 = select i1 %v81, i64 %v19, i64 0
  %v87 = add i64 %v86, %v80
  %v88 = mul i64 %v87, %v20
  %v89 = getelementptr float, ptr %v70, i64 %v88
  br label %v90

v91:
  %v92 = load double, ptr %v50, align 8
  store double 0.000000e+00, ptr %v52, align 8
  %v93 = call i32 @part1(ptr nonnull %v52, ptr nonnull %v53, double %v92, double 1.000000e+00)
  switch i32 %v93, label %v94 [
    i32 -2, label %v78
    i32 0, label %v78
  ], !prof !0

v78:
  %v95 = load double, ptr %v52, align 8
  %v96 = getelementptr double, ptr %v72, i64 %v76
  store double %v95, ptr %v96, align 8
  %v97 = icmp eq i64 %v98, %v99
  %v100 = getelementptr i8, ptr %v74, i64 %v76
  %v101 = zext i1 %v97 to i8
  store i8 %v101, ptr %v100, align 1
  %v102 = icmp eq i64 %v26, %v77
  br i1 %v102, label %v66, label %v75

v90:
  %v103 = phi i64 [ 0, %v75 ], [ %v99, %v104 ]
  %v105 = phi i64 [ 0, %v75 ], [ %v98, %v104 ]
  %v106 = phi float [ -1.000000e+00, %v75 ], [ %v107, %v104 ]
  %v108 = phi float [ -1.000000e+00, %v75 ], [ %v109, %v104 ]
  %v110 = phi double [ 0.000000e+00, %v75 ], [ %v111, %v104 ]
  %v112 = phi i64 [ 0, %v75 ], [ %v113, %v104 ]
  %v113 = add nuw nsw i64 %v112, 1
  %v114 = getelementptr float, ptr %v85, i64 %v112
  %v115 = load float, ptr %v114, align 4
  %v116 = getelementptr float, ptr %v89, i64 %v112
  %v117 = load float, ptr %v116, align 4
  %v118 = fcmp ogt float %v115, %v108
  %v109 = select i1 %v118, float %v115, float %v108
  %v98 = select i1 %v118, i64 %v112, i64 %v105
  %v119 = fcmp ogt float %v117, %v106
  %v107 = select i1 %v119, float %v117, float %v106
  %v99 = select i1 %v119, i64 %v112, i64 %v103
  %v120 = fcmp une float %v115, %v117
  br i1 %v120, label %v121, label %v104

v121:
  %v122 = fpext float %v115 to double
  %v123 = fpext float %v117 to double
  %v124 = fadd double %v122, %v123
  %v125 = fsub double %v122, %v123
  %v126 = fdiv double %v125, %v124
  %v127 = tail call double @llvm.fabs.f64(double %v126)
  %v128 = fcmp olt double %v127, 2.500000e-01
  br i1 %v128, label %v129, label %v130

v130:
  %v131 = fcmp ogt float %v115, 0.000000e+00
  br i1 %v131, label %v132, label %v133

v132:
  %v134 = fadd double %v126, 1.000000e+00
  %v135 = tail call double @llvm.log.f64(double %v134)
  %v136 = fmul double %v135, %v122
  %v137 = fadd double %v136, 0.000000e+00
  br label %v133

v133:
  %v138 = phi double [ %v137, %v132 ], [ 0.000000e+00, %v130 ]
  %v139 = fcmp ogt float %v117, 0.000000e+00
  br i1 %v139, label %v140, label %v141

v140:
  %v142 = fsub double 1.000000e+00, %v126
  %v143 = tail call double @llvm.log.f64(double %v142)
  %v144 = fmul double %v143, %v123
  %v145 = fadd double %v144, %v138
  br label %v141

v129:
  %v146 = fmul double %v126, %v126
  %v147 = fdiv double %v146, 1.200000e+02
  %v148 = fadd double %v147, 0x3F86816816816817
  %v149 = fmul double %v146, %v148
  %v150 = fadd double %v149, 0x3F8F07C1F07C1F08
  %v151 = fmul double %v146, %v150
  %v152 = fadd double %v151, 0x3F96C16C16C16C17
  %v153 = fmul double %v146, %v152
  %v154 = fadd double %v153, 0x3FA2492492492492
  %v155 = fmul double %v124, 5.000000e-01
  %v156 = fmul double %v155, %v146
  %v157 = fmul double %v146, %v154
  %v158 = fadd double %v157, 0x3FB1111111111111
  %v159 = fmul double %v146, %v158
  %v160 = fadd double %v159, 0x3FC5555555555555
  %v161 = fmul double %v146, %v160
  %v162 = fadd double %v161, 1.000000e+00
  %v163 = fmul double %v156, %v162
  br label %v141

v141:
  %v164 = phi double [ %v163, %v129 ], [ %v145, %v140 ], [ %v138, %v133 ]
  %v165 = fadd double %v110, %v164
  br label %v104

v104:
  %v111 = phi double [ %v165, %v141 ], [ %v110, %v90 ]
  %v166 = icmp eq i64 %v9, %v113
  br i1 %v166, label %v167, label %v90

v167:
  %v77 = add nuw nsw i64 %v76, 1
  %v168 = fmul double %v111, 0x3FE71547652B82FE
  store double 0.000000e+00, ptr %v50, align 8
  %v169 = call i32 @part2(ptr nonnull %v50, ptr nonnull %v51, double %v168, double 0.000000e+00)
  switch i32 %v169, label %v170 [
    i32 -2, label %v91
    i32 0, label %v91
  ], !prof !0

v66:
  %v171 = icmp eq i64 %v7, %v65
  br i1 %v171, label %v55, label %v63

v62:
  %v172 = phi i64 [ %v173, %v174 ], [ 0, %v60 ]
  %v173 = add nuw nsw i64 %v172, 1
  %v175 = mul i64 %v172, %v37
  %v176 = getelementptr double, ptr %v35, i64 %v175
  %v177 = mul i64 %v172, %v46
  %v178 = getelementptr i8, ptr %v44, i64 %v177
  br label %v179

v179:
  %v180 = phi i64 [ 0, %v62 ], [ %v181, %v182 ]
  %v181 = add nuw nsw i64 %v180, 1
  store double 0.000000e+00, ptr %v50, align 8
  %v183 = call i32 @part2(ptr nonnull %v50, ptr nonnull %v51, double 0.000000e+00, double 0.000000e+00)
  switch i32 %v183, label %v170 [
    i32 -2, label %v184
    i32 0, label %v184
  ], !prof !0

v184:
  %v185 = load double, ptr %v50, align 8
  store double 0.000000e+00, ptr %v52, align 8
  %v186 = call i32 @part1(ptr nonnull %v52, ptr nonnull %v53, double %v185, double 1.000000e+00)
  switch i32 %v186, label %v94 [
    i32 -2, label %v182
    i32 0, label %v182
  ], !prof !0

v182:
  %v187 = load double, ptr %v52, align 8
  %v188 = getelementptr double, ptr %v176, i64 %v180
  store double %v187, ptr %v188, align 8
  %v189 = getelementptr i8, ptr %v178, i64 %v180
  store i8 1, ptr %v189, align 1
  %v190 = icmp eq i64 %v26, %v181
  br i1 %v190, label %v174, label %v179

v174:
  %v191 = icmp eq i64 %v7, %v173
  br i1 %v191, label %v55, label %v62

v192:
  %v193 = phi i32 [ 0, %v55 ], [ %v194-phi395, %v170 ], [ %v194-phi400, %v94 ]
  ret i32 %v193

v55:
  store ptr null, ptr %v0, align 8
  br label %v192

v170:
  %v194-phi395 = phi i32 [ %v183, %v179 ], [ %v169, %v167 ]
  %v195 = icmp sgt i32 %v194-phi395, 0
  %v196 = load ptr, ptr %v51, align 8
  %v197 = select i1 %v195, ptr %v196, ptr undef
  store ptr %v197, ptr %v1, align 8
  br label %v192

v94:
  %v194-phi400 = phi i32 [ %v186, %v184 ], [ %v93, %v91 ]
  %v198 = icmp sgt i32 %v194-phi400, 0
  %v199 = load ptr, ptr %v53, align 8
  %v200 = select i1 %v198, ptr %v199, ptr undef
  store ptr %v200, ptr %v1, align 8
  br label %v192
}

declare double @llvm.fabs.f64(double)

declare double @llvm.log.f64(double)

define i32 @divergence._attention_differences_2bdd2a20cd37(ptr %v0, ptr %v1, ptr %v2, i64 %v3, i64 %v4, i64 %v5, ptr %v6, i64 %v7, i64 %v8, i64 %v9, ptr %v10, i64 %v11, ptr %v12, i64 %v13, i64 %v14, ptr %v15, i64 %v16, i64 %v17) {
  %v18 = mul i64 4, %v5
  %v19 = mul i64 %v18, %v4
  %v20 = mul i64 %v19, %v3
  %v21 = udiv exact i64 %v20, 4
  %v22 = mul i64 4, %v9
  %v23 = mul i64 %v22, %v8
  %v24 = mul i64 %v23, %v7
  %v25 = udiv exact i64 %v24, 4
  %v26 = mul i64 8, %v11
  %v27 = udiv exact i64 %v26, 8
  %v28 = mul i64 8, %v14
  %v29 = mul i64 %v28, %v13
  %v30 = udiv exact i64 %v29, 8
  %v31 = mul i64 1, %v17
  %v32 = mul i64 %v31, %v16
  %v33 = udiv exact i64 %v32, 1
  %v34 = call i32 @part0(ptr %v0, ptr %v1, ptr null, ptr null, i64 %v21, i64 4, ptr %v2, i64 %v3, i64 %v4, i64 %v5, i64 %v19, i64 %v18, i64 4, ptr null, ptr null, i64 %v25, i64 4, ptr %v6, i64 %v7, i64 %v8, i64 %v9, i64 %v23, i64 %v22, i64 4, ptr null, ptr null, i64 %v27, i64 8, ptr %v10, i64 %v11, i64 8, ptr null, ptr null, i64 %v30, i64 8, ptr %v12, i64 %v13, i64 %v14, i64 %v28, i64 8, ptr null, ptr null, i64 %v33, i64 1, ptr %v15, i64 %v16, i64 %v17, i64 %v31, i64 1)
  ret i32 %v34
}

define internal noundef i32 @part2(ptr noalias writeonly captures(none) initializes((0, 8)) %v0, ptr noalias readnone captures(none) %v1, double %v2, double %v3) #1 {
v4:
  %v5 = fcmp ogt double %v3, %v2
  %v6 = select i1 %v5, double %v3, double %v2
  store double %v6, ptr %v0, align 8
  ret i32 0
}

define internal noundef i32 @part1(ptr noalias writeonly captures(none) initializes((0, 8)) %v0, ptr noalias readnone captures(none) %v1, double %v2, double %v3) #1 {
v4:
  %v5 = fcmp olt double %v3, %v2
  %v6 = select i1 %v5, double %v3, double %v2
  store double %v6, ptr %v0, align 8
  ret i32 0
}

attributes #1 = { mustprogress nofree norecurse nosync nounwind willreturn memory(argmem: write) }

!0 = !{!"branch_weights", i32 1, i32 49, i32 49}
