define internal i32 @part0(ptr noalias captures(none) %v0, ptr noalias captures(none) %v1, ptr %v2, ptr %v3, i64 %v4, i64 %v5, ptr %v6, i64 %v7, i64 %v8, ptr %v9, ptr %v10, i64 %v11, i64 %v12, ptr %v13, i64 %v14, i64 %v15, ptr %v16, ptr %v17, i64 %v18, i64 %v19, ptr %v20, i64 %v21, i64 %v22, ptr %v23, ptr %v24, i64 %v25, i64 %v26, ptr %v27, i64 %v28, i64 %v29, i64 %v30, i64 %v31, i64 %v32, i64 %v33, i64 %v34, ptr %v35, ptr %v36, i64 %v37, i64 %v38, ptr %v39, i64 %v40, i64 %v41, ptr %v42, ptr %v43, i64 %v44, i64 %v45, ptr %v46, i64 %v47, i64 %v48, i64 %v49, i64 %v50) {
v51:
  %v52 = sub i64 %v33, %v32
  %v53 = icmp slt i64 %v52, 1
  br i1 %v53, label %v54, label %v55

v55:
  %v56 = icmp slt i64 %v4, 1
  %v57 = icmp slt i64 %v29, 1
  br i1 %v56, label %v54, label %v58

v58:
  %v59 = phi i64 [ %v60, %v61 ], [ %v52, %v55 ]
  %v62 = phi i64 [ %v63, %v61 ], [ %v32, %v55 ]
  %v64 = mul i64 %v62, -7046029254386353131
  %v65 = add i64 %v64, %v34
  %v66 = lshr i64 %v65, 30
  %v67 = xor i64 %v66, %v65
  %v68 = mul i64 %v67, -4658895280553007687
  %v69 = lshr i64 %v68, 27
  %v70 = xor i64 %v69, %v68
  %v71 = mul i64 %v70, -7723592293110705685
  %v72 = lshr i64 %v71, 31
  %v73 = icmp slt i64 %v62, 0
  %v74 = select i1 %v73, i64 %v47, i64 0
  %v75 = add i64 %v74, %v62
  %v76 = mul i64 %v75, %v48
  %v77 = getelementptr i64, ptr %v46, i64 %v76
  br label %v78

v78:
  %v79 = phi i64 [ 0, %v58 ], [ %v80, %v81 ]
  %v80 = add nuw nsw i64 %v79, 1
  %v82 = getelementptr i64, ptr %v13, i64 %v79
  %v83 = load i64, ptr %v82, align 8
  %v84 = getelementptr i8, ptr %v82, i64 8
  %v85 = load i64, ptr %v84, align 8
  %v86 = sub nsw i64 %v85, %v83
  %v87 = icmp sgt i64 %v86, 0
  br i1 %v87, label %v88, label %v89

v89:
  %v90 = add i64 %v86, -2
  %v91 = icmp ult i64 %v90, 9223372036854775807
  br i1 %v91, label %v92, label %v93

v92:
  %v94 = add i64 %v86, -1
  %v95 = getelementptr i64, ptr %v6, i64 %v79
  %v96 = load i64, ptr %v95, align 8
  %v97 = xor i64 %v72, %v96
  %v98 = xor i64 %v97, %v71
  %v99 = lshr i64 %v98, 30
  %v100 = xor i64 %v99, %v98
  %v101 = mul i64 %v100, -4658895280553007687
  %v102 = lshr i64 %v101, 27
  %v103 = xor i64 %v102, %v101
  %v104 = mul i64 %v103, -7723592293110705685
  %v105 = lshr i64 %v104, 31
  %v106 = xor i64 %v105, %v104
  br label %v107

v93:
  %v108 = icmp slt i64 %v86, 1
  %v109 = select i1 %v108, i1 true, i1 %v57
  br i1 %v109, label %v81, label %v110

v107:
  %v111 = phi i64 [ %v112, %v107 ], [ %v106, %v92 ]
  %v113 = phi i64 [ %v114, %v107 ], [ %v94, %v92 ]
  %v115 = phi i64 [ %v116, %v107 ], [ %v94, %v92 ]
  %v114 = add nsw i64 %v113, -1
  %v116 = add i64 %v115, -1
  %v112 = add i64 %v111, -7046029254386353131
  %v117 = lshr i64 %v112, 30
  %v118 = xor i64 %v117, %v112
  %v119 = mul i64 %v118, -4658895280553007687
  %v120 = lshr i64 %v119, 27
  %v121 = xor i64 %v120, %v119
  %v122 = mul i64 %v121, -7723592293110705685
  %v123 = lshr i64 %v122, 63
  %v124 = lshr i64 %v122, 32
  %v125 = xor i64 %v123, %v124
  %v126 = add nsw i64 %v115, 1
  %v127 = mul i64 %v126, %v125
  %v128 = lshr i64 %v127, 32
  %v129 = icmp slt i64 %v115, 0
  %v130 = select i1 %v129, i64 %v40, i64 0
  %v131 = getelementptr i32, ptr %v39, i64 %v115
  %v132 = getelementptr i32, ptr %v131, i64 %v130
  %v133 = load i32, ptr %v132, align 4
  %v134 = getelementptr i32, ptr %v39, i64 %v128
  %v135 = load i32, ptr %v134, align 4
  store i32 %v135, ptr %v132, align 4
  store i32 %v133, ptr %v134, align 4
  %v136 = icmp samesign ugt i64 %v113, 1
  br i1 %v136, label %v107, label %v93

v88:
  %v137 = phi i64 [ %v138, %v88 ], [ 0, %v78 ]
  %v138 = add nuw nsw i64 %v137, 1
  %v139 = add nsw i64 %v137, %v83
  %v140 = icmp slt i64 %v139, 0
  %v141 = select i1 %v140, i64 %v21, i64 0
  %v142 = getelementptr i32, ptr %v20, i64 %v139
  %v143 = getelementptr i32, ptr %v142, i64 %v141
  %v144 = load i32, ptr %v143, align 4
  %v145 = getelementptr i32, ptr %v39, i64 %v137
  store i32 %v144, ptr %v145, align 4
  %v146 = icmp eq i64 %v86, %v138
  br i1 %v146, label %v89, label %v88

v81:
  %v147 = icmp eq i64 %v4, %v80
  br i1 %v147, label %v61, label %v78

v110:
  %v148 = phi i64 [ %v149, %v150 ], [ 0, %v93 ]
  %v151 = getelementptr i32, ptr %v39, i64 %v148
  %v152 = load i32, ptr %v151, align 4
  %v153 = add nsw i64 %v148, %v83
  %v154 = icmp slt i64 %v153, 0
  %v155 = select i1 %v154, i64 %v28, i64 0
  %v156 = add i64 %v155, %v153
  %v157 = mul i64 %v156, %v29
  %v158 = getelementptr i32, ptr %v27, i64 %v157
  br label %v159

v159:
  %v160 = phi i64 [ 0, %v110 ], [ %v161, %v162 ]
  %v161 = add nuw nsw i64 %v160, 1
  %v163 = getelementptr i32, ptr %v158, i64 %v160
  %v164 = load i32, ptr %v163, align 4
  %v165 = icmp eq i32 %v164, %v152
  br i1 %v165, label %v166, label %v162

v166:
  %v167 = getelementptr i64, ptr %v77, i64 %v160
  %v168 = load i64, ptr %v167, align 8
  %v169 = add nsw i64 %v168, 1
  store i64 %v169, ptr %v167, align 8
  br label %v162

v162:
  %v170 = icmp eq i64 %v29, %v161
  br i1 %v170, label %v150, label %v159

v150:
  %v149 = add nuw nsw i64 %v148, 1
  %v171 = icmp eq i64 %v86, %v149
  br i1 %v171, label %v81, label %v110

v61:
  %v60 = add nsw i64 %v59, -1
  %v63 = add i64 %v62, 1
  %v172 = icmp sgt i64 %v59, 1
  br i1 %v172, label %v58, label %v54

v54:
  store ptr null, ptr %v0, align 8
  ret i32 0
}

define i32 @keyed._permutation_counts_76533f998229(ptr %v0, ptr %v1, ptr %v2, i64 %v3, ptr %v4, i64 %v5, ptr %v6, i64 %v7, ptr %v8, i64 %v9, i64 %v10, i64 %v11, i64 %v12, i64 %v13, ptr %v14, i64 %v15, ptr %v16, i64 %v17, i64 %v18) {
  %v19 = mul i64 8, %v3
  %v20 = udiv exact i64 %v19, 8
  %v21 = mul i64 8, %v5
  %v22 = udiv exact i64 %v21, 8
  %v23 = mul i64 4, %v7
  %v24 = udiv exact i64 %v23, 4
  %v25 = mul i64 4, %v10
  %v26 = mul i64 %v25, %v9
  %v27 = udiv exact i64 %v26, 4
  %v28 = mul i64 4, %v15
  %v29 = udiv exact i64 %v28, 4
  %v30 = mul i64 8, %v18
  %v31 = mul i64 %v30, %v17
  %v32 = udiv exact i64 %v31, 8
  %v33 = call i32 @part0(ptr %v0, ptr %v1, ptr null, ptr null, i64 %v20, i64 8, ptr %v2, i64 %v3, i64 8, ptr null, ptr null, i64 %v22, i64 8, ptr %v4, i64 %v5, i64 8, ptr null, ptr null, i64 %v24, i64 4, ptr %v6, i64 %v7, i64 4, ptr null, ptr null, i64 %v27, i64 4, ptr %v8, i64 %v9, i64 %v10, i64 %v25, i64 4, i64 %v11, i64 %v12, i64 %v13, ptr null, ptr null, i64 %v29, i64 4, ptr %v14, i64 %v15, i64 4, ptr null, ptr null, i64 %v32, i64 8, ptr %v16, i64 %v17, i64 %v18, i64 %v30, i64 8)
  ret i32 %v33
}
