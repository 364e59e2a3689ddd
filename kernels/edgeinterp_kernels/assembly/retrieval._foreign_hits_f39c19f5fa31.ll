define internal i32 @part0(ptr noalias captures(none) %v0, ptr noalias captures(none) %v1, ptr %v2, ptr %v3, i64 %v4, i64 %v5, ptr %v6, i64 %v7, i64 %v8, ptr %v9, ptr %v10, i64 %v11, i64 %v12, ptr %v13, i64 %v14, i64 %v15, ptr %v16, ptr %v17, i64 %v18, i64 %v19, ptr %v20, i64 %v21, i64 %v22, ptr %v23, ptr %v24, i64 %v25, i64 %v26, ptr %v27, i64 %v28, i64 %v29, ptr %v30, ptr %v31, i64 %v32, i64 %v33, ptr %v34, i64 %v35, i64 %v36) {
v37:
  %v38 = add nsw i64 %v32, -1
  %v39 = icmp sgt i64 %v11, 2
  br i1 %v39, label %v40, label %v41

v40:
  %v42 = add nsw i64 %v11, -2
  %v43 = icmp sgt i64 %v32, 0
  %v44 = select i1 %v43, i64 0, i64 %v35
  %v45 = getelementptr i64, ptr %v34, i64 %v38
  %v46 = getelementptr i64, ptr %v45, i64 %v44
  %v47 = icmp slt i64 %v32, 2
  %v48 = select i1 %v47, i64 0, i64 %v38
  %v49 = freeze i64 %v48
  %v50 = icmp sgt i64 %v49, 0
  br i1 %v50, label %v51, label %v52

v51:
  %v53 = phi i64 [ %v54, %v55 ], [ 0, %v40 ]
  %v56 = phi i64 [ %v57, %v55 ], [ 0, %v40 ]
  %v57 = add nuw nsw i64 %v56, 1
  %v58 = getelementptr i64, ptr %v13, i64 %v56
  %v59 = load i64, ptr %v58, align 8
  %v60 = getelementptr i8, ptr %v58, i64 8
  %v61 = load i64, ptr %v60, align 8
  %v62 = getelementptr i8, ptr %v58, i64 16
  %v63 = load i64, ptr %v62, align 8
  %v64 = sub nsw i64 %v61, %v59
  %v65 = sub i64 %v63, %v61
  %v66 = icmp slt i64 %v64, 1
  br i1 %v66, label %v55, label %v67

v55:
  %v68 = mul nsw i64 %v64, %v38
  %v69 = mul nsw i64 %v68, %v65
  %v54 = add nsw i64 %v69, %v53
  %v70 = icmp eq i64 %v57, %v42
  br i1 %v70, label %v41, label %v51

v67:
  %v71 = call i64 @llvm.smax.i64(i64 %v65, i64 0)
  %v72 = icmp slt i64 %v65, 1
  br label %v73

v73:
  %v74 = phi i64 [ 0, %v67 ], [ %v75, %v76 ]
  %v75 = add nuw nsw i64 %v74, 1
  br i1 %v72, label %v76, label %v77

v78:
  br i1 %v79, label %v80, label %v76

v80:
  %v81 = load i64, ptr %v46, align 8
  %v82 = add nsw i64 %v81, 1
  store i64 %v82, ptr %v46, align 8
  %v83 = add nsw i64 %v74, %v59
  %v84 = icmp slt i64 %v83, 0
  %v85 = select i1 %v84, i64 %v21, i64 0
  %v86 = getelementptr i32, ptr %v20, i64 %v83
  %v87 = getelementptr i32, ptr %v86, i64 %v85
  br label %v88

v76:
  %v89 = icmp eq i64 %v64, %v75
  br i1 %v89, label %v55, label %v73

v88:
  %v90 = phi i64 [ 0, %v80 ], [ %v91, %v92 ]
  %v91 = add nuw nsw i64 %v90, 1
  %v93 = mul nuw nsw i64 %v90, %v64
  %v94 = add nuw nsw i64 %v93, %v74
  %v95 = mul nuw nsw i64 %v94, %v65
  %v96 = add nsw i64 %v95, %v53
  br i1 false, label %v97, label %v98

v97:
  %v99 = phi i64 [ poison, %v88 ], [ %v100, %v98 ]
  %v101 = add nsw i64 %v99, %v61
  %v102 = icmp slt i64 %v101, 0
  %v103 = select i1 %v102, i64 %v21, i64 0
  %v104 = getelementptr i32, ptr %v20, i64 %v101
  %v105 = getelementptr i32, ptr %v104, i64 %v103
  %v106 = load i32, ptr %v105, align 4
  %v107 = load i32, ptr %v87, align 4
  %v108 = icmp eq i32 %v106, %v107
  br i1 %v108, label %v109, label %v92

v109:
  %v110 = getelementptr i64, ptr %v34, i64 %v90
  %v111 = load i64, ptr %v110, align 8
  %v112 = add nsw i64 %v111, 1
  store i64 %v112, ptr %v110, align 8
  br label %v92

v92:
  %v113 = icmp eq i64 %v91, %v49
  br i1 %v113, label %v76, label %v88

v98:
  %v114 = phi i64 [ %v100, %v98 ], [ 0, %v88 ]
  %v115 = phi double [ %v116, %v98 ], [ 0xFFF0000000000000, %v88 ]
  %v117 = phi i64 [ %v118, %v98 ], [ 0, %v88 ]
  %v118 = add nuw nsw i64 %v117, 1
  %v119 = add nsw i64 %v96, %v117
  %v120 = icmp slt i64 %v119, 0
  %v121 = select i1 %v120, i64 %v7, i64 0
  %v122 = getelementptr float, ptr %v6, i64 %v119
  %v123 = getelementptr float, ptr %v122, i64 %v121
  %v124 = load float, ptr %v123, align 4
  %v125 = fpext float %v124 to double
  %v126 = fcmp olt double %v115, %v125
  %v116 = select i1 %v126, double %v125, double %v115
  %v100 = select i1 %v126, i64 %v117, i64 %v114
  %v127 = icmp eq i64 %v65, %v118
  br i1 %v127, label %v97, label %v98

v128:
  %v129 = phi i1 [ false, %v77 ], [ %v79, %v130 ]
  %v131 = phi i64 [ %v71, %v77 ], [ %v132, %v130 ]
  %v133 = phi i64 [ %v61, %v77 ], [ %v134, %v130 ]
  %v132 = add nsw i64 %v131, -1
  %v134 = add i64 %v133, 1
  %v135 = icmp slt i64 %v133, 0
  %v136 = select i1 %v135, i64 %v21, i64 0
  %v137 = getelementptr i32, ptr %v20, i64 %v133
  %v138 = getelementptr i32, ptr %v137, i64 %v136
  %v139 = load i32, ptr %v138, align 4
  %v140 = icmp eq i32 %v139, %v141
  br i1 %v140, label %v142, label %v130

v142:
  %v143 = select i1 %v135, i64 %v28, i64 0
  %v144 = getelementptr i32, ptr %v27, i64 %v133
  %v145 = getelementptr i32, ptr %v144, i64 %v143
  %v146 = load i32, ptr %v145, align 4
  %v147 = load i32, ptr %v148, align 4
  %v149 = icmp ne i32 %v146, %v147
  br label %v130

v130:
  %v79 = phi i1 [ %v149, %v142 ], [ %v129, %v128 ]
  %v150 = icmp sgt i64 %v131, 1
  br i1 %v150, label %v128, label %v78

v77:
  %v151 = add nsw i64 %v74, %v59
  %v152 = icmp slt i64 %v151, 0
  %v153 = select i1 %v152, i64 %v21, i64 0
  %v154 = getelementptr i32, ptr %v20, i64 %v151
  %v155 = getelementptr i32, ptr %v154, i64 %v153
  %v141 = load i32, ptr %v155, align 4
  %v156 = select i1 %v152, i64 %v28, i64 0
  %v157 = getelementptr i32, ptr %v27, i64 %v151
  %v148 = getelementptr i32, ptr %v157, i64 %v156
  br label %v128

v158:
  %v159 = icmp eq i64 %v160, %v42
  br i1 %v159, label %v41, label %v52

v41:
  store ptr null, ptr %v0, align 8
  ret i32 0

v52:
  %v161 = phi i64 [ %v160, %v158 ], [ 0, %v40 ]
  %v160 = add nuw nsw i64 %v161, 1
  %v162 = getelementptr i64, ptr %v13, i64 %v161
  %v163 = load i64, ptr %v162, align 8
  %v164 = getelementptr i8, ptr %v162, i64 8
  %v165 = load i64, ptr %v164, align 8
  %v166 = sub nsw i64 %v165, %v163
  %v167 = icmp slt i64 %v166, 1
  br i1 %v167, label %v158, label %v168

v168:
  %v169 = getelementptr i8, ptr %v162, i64 16
  %v170 = load i64, ptr %v169, align 8
  %v171 = sub i64 %v170, %v165
  %v172 = call i64 @llvm.smax.i64(i64 %v171, i64 0)
  %v173 = icmp slt i64 %v171, 1
  br i1 %v173, label %v158, label %v174

v174:
  %v175 = phi i64 [ %v176, %v177 ], [ 0, %v168 ]
  %v178 = add nsw i64 %v175, %v163
  %v179 = icmp slt i64 %v178, 0
  %v180 = select i1 %v179, i64 %v21, i64 0
  %v181 = getelementptr i32, ptr %v20, i64 %v178
  %v182 = getelementptr i32, ptr %v181, i64 %v180
  %v183 = load i32, ptr %v182, align 4
  %v184 = select i1 %v179, i64 %v28, i64 0
  %v185 = getelementptr i32, ptr %v27, i64 %v178
  %v186 = getelementptr i32, ptr %v185, i64 %v184
  br label %v187

v188:
  %v189 = load i64, ptr %v46, align 8
  %v190 = add nsw i64 %v189, 1
  store i64 %v190, ptr %v46, align 8
  br label %v177

v177:
  %v191 = icmp eq i64 %v166, %v176
  br i1 %v191, label %v158, label %v174

v187:
  %v192 = phi i1 [ false, %v174 ], [ %v193, %v194 ]
  %v195 = phi i64 [ %v172, %v174 ], [ %v196, %v194 ]
  %v197 = phi i64 [ %v165, %v174 ], [ %v198, %v194 ]
  %v196 = add nsw i64 %v195, -1
  %v198 = add i64 %v197, 1
  %v199 = icmp slt i64 %v197, 0
  %v200 = select i1 %v199, i64 %v21, i64 0
  %v201 = getelementptr i32, ptr %v20, i64 %v197
  %v202 = getelementptr i32, ptr %v201, i64 %v200
  %v203 = load i32, ptr %v202, align 4
  %v204 = icmp eq i32 %v203, %v183
  br i1 %v204, label %v205, label %v194

v205:
  %v206 = select i1 %v199, i64 %v28, i64 0
  %v207 = getelementptr i32, ptr %v27, i64 %v197
  %v208 = getelementptr i32, ptr %v207, i64 %v206
  %v209 = load i32, ptr %v208, align 4
  %v210 = load i32, ptr %v186, align 4
  %v211 = icmp ne i32 %v209, %v210
  br label %v194

v194:
  %v193 = phi i1 [ %v211, %v205 ], [ %v192, %v187 ]
  %v212 = icmp sgt i64 %v195, 1
  br i1 %v212, label %v187, label %v213

v213:
  %v176 = add nuw nsw i64 %v175, 1
  br i1 %v193, label %v188, label %v177
}

declare i64 @llvm.smax.i64(i64, i64)

define i32 @retrieval._foreign_hits_f39c19f5fa31(ptr %v0, ptr %v1, ptr %v2, i64 %v3, ptr %v4, i64 %v5, ptr %v6, i64 %v7, ptr %v8, i64 %v9, ptr %v10, i64 %v11) {
  %v12 = mul i64 4, %v3
  %v13 = udiv exact i64 %v12, 4
  %v14 = mul i64 8, %v5
  %v15 = udiv exact i64 %v14, 8
  %v16 = mul i64 4, %v7
  %v17 = udiv exact i64 %v16, 4
  %v18 = mul i64 4, %v9
  %v19 = udiv exact i64 %v18, 4
  %v20 = mul i64 8, %v11
  %v21 = udiv exact i64 %v20, 8
  %v22 = call i32 @part0(ptr %v0, ptr %v1, ptr null, ptr null, i64 %v13, i64 4, ptr %v2, i64 %v3, i64 4, ptr null, ptr null, i64 %v15, i64 8, ptr %v4, i64 %v5, i64 8, ptr null, ptr null, i64 %v17, i64 4, ptr %v6, i64 %v7, i64 4, ptr null, ptr null, i64 %v19, i64 4, ptr %v8, i64 %v9, i64 4, ptr null, ptr null, i64 %v21, i64 8, ptr %v10, i64 %v11, i64 8)
  ret i32 %v22
}
