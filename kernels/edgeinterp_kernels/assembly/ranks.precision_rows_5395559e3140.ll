define internal i32 @part0(ptr noalias captures(none) %v0, ptr noalias captures(none) %v1, ptr %v2, ptr %v3, i64 %v4, i64 %v5, ptr %v6, i64 %v7, i64 %v8, i64 %v9, i64 %v10, ptr %v11, ptr %v12, i64 %v13, i64 %v14, ptr %v15, i64 %v16, i64 %v17, i64 %v18, i64 %v19, ptr %v20, ptr %v21, i64 %v22, i64 %v23, ptr %v24, i64 %v25, i64 %v26, i64 %v27, i64 %v28, ptr %v29, ptr %v30, i64 %v31, i64 %v32, ptr %v33, i64 %v34, i64 %v35) {
v36:
  %v37 = icmp slt i64 %v7, 1
  br i1 %v37, label %v38, label %v39

v39:
  %v40 = icmp sgt i64 %v8, 0
  %v41 = icmp slt i64 %v8, 1
  br label %v42

v43:
  %v44 = phi i64 [ 0, %v45 ], [ %v46, %v47 ]
  %v48 = phi i64 [ 0, %v45 ], [ %v49, %v47 ]
  %v50 = phi i64 [ 0, %v45 ], [ %v51, %v47 ]
  %v51 = add nuw nsw i64 %v50, 1
  %v52 = getelementptr double, ptr %v53, i64 %v50
  %v54 = load double, ptr %v52, align 8
  %v55 = fcmp uno double %v54, 0.000000e+00
  br i1 %v55, label %v47, label %v56

v56:
  %v57 = getelementptr double, ptr %v58, i64 %v50
  %v59 = load double, ptr %v57, align 8
  %v60 = fcmp une double %v59, 0.000000e+00
  %v61 = zext i1 %v60 to i64
  %v62 = add nsw i64 %v44, %v61
  %v63 = add nsw i64 %v48, 1
  br label %v47

v47:
  %v49 = phi i64 [ %v48, %v43 ], [ %v63, %v56 ]
  %v46 = phi i64 [ %v44, %v43 ], [ %v62, %v56 ]
  %v64 = icmp eq i64 %v8, %v51
  br i1 %v64, label %v65, label %v43

v65:
  %v66 = icmp eq i64 %v46, 0
  br i1 %v66, label %v67, label %v68

v69:
  %v70 = phi i64 [ 0, %v71 ], [ %v72, %v73 ]
  %v74 = phi i64 [ 0, %v71 ], [ %v75, %v73 ]
  %v76 = phi i64 [ 0, %v71 ], [ %v77, %v73 ]
  %v78 = phi i64 [ 0, %v71 ], [ %v79, %v73 ]
  %v80 = phi i64 [ 0, %v71 ], [ %v81, %v73 ]
  %v81 = add nuw nsw i64 %v80, 1
  %v82 = getelementptr double, ptr %v83, i64 %v80
  %v84 = load double, ptr %v82, align 8
  %v85 = fcmp ogt double %v84, %v86
  br i1 %v85, label %v87, label %v88

v87:
  %v89 = add nsw i64 %v78, 1
  %v90 = getelementptr double, ptr %v91, i64 %v80
  %v92 = load double, ptr %v90, align 8
  %v93 = fcmp une double %v92, 0.000000e+00
  %v94 = zext i1 %v93 to i64
  %v95 = add nsw i64 %v76, %v94
  br label %v73

v88:
  %v96 = fcmp oeq double %v84, %v86
  br i1 %v96, label %v97, label %v73

v97:
  %v98 = add nsw i64 %v74, 1
  %v99 = getelementptr double, ptr %v91, i64 %v80
  %v100 = load double, ptr %v99, align 8
  %v101 = fcmp une double %v100, 0.000000e+00
  %v102 = zext i1 %v101 to i64
  %v103 = add nsw i64 %v70, %v102
  br label %v73

v104:
  %v105 = sitofp i64 %v75 to double
  %v106 = sitofp i64 %v77 to double
  br label %v107

v107:
  %v108 = phi i64 [ 0, %v68 ], [ %v79, %v104 ]
  %v109 = phi double [ 0.000000e+00, %v68 ], [ %v106, %v104 ]
  %v110 = phi double [ 0.000000e+00, %v68 ], [ %v105, %v104 ]
  %v111 = phi i64 [ 0, %v68 ], [ %v72, %v104 ]
  %v112 = sub nsw i64 %v46, %v108
  %v113 = mul nsw i64 %v111, %v112
  %v114 = sitofp i64 %v113 to double
  %v115 = fdiv double %v114, %v110
  %v116 = fadd double %v115, %v109
  %v117 = sitofp i64 %v46 to double
  %v118 = fdiv double %v116, %v117
  br label %v67

v38:
  store ptr null, ptr %v0, align 8
  ret i32 0

v67:
  %v119 = phi double [ %v118, %v107 ], [ 0x7FF8000000000000, %v42 ], [ 0x7FF8000000000000, %v65 ]
  %v120 = getelementptr double, ptr %v33, i64 %v121
  store double %v119, ptr %v120, align 8
  %v122 = icmp eq i64 %v123, %v7
  br i1 %v122, label %v38, label %v42

v73:
  %v75 = phi i64 [ %v74, %v87 ], [ %v98, %v97 ], [ %v74, %v88 ]
  %v72 = phi i64 [ %v70, %v87 ], [ %v103, %v97 ], [ %v70, %v88 ]
  %v79 = phi i64 [ %v89, %v87 ], [ %v78, %v97 ], [ %v78, %v88 ]
  %v77 = phi i64 [ %v95, %v87 ], [ %v76, %v97 ], [ %v76, %v88 ]
  %v124 = icmp eq i64 %v8, %v81
  br i1 %v124, label %v104, label %v69

v42:
  %v121 = phi i64 [ 0, %v39 ], [ %v123, %v67 ]
  %v123 = add nuw nsw i64 %v121, 1
  br i1 %v40, label %v45, label %v67

v45:
  %v125 = mul i64 %v121, %v8
  %v53 = getelementptr double, ptr %v6, i64 %v125
  %v126 = mul i64 %v121, %v17
  %v58 = getelementptr double, ptr %v15, i64 %v126
  br label %v43

v68:
  %v127 = sub nsw i64 %v49, %v46
  %v128 = icmp slt i64 %v127, 0
  %v129 = select i1 %v128, i64 %v26, i64 0
  %v130 = mul i64 %v121, %v26
  %v131 = getelementptr double, ptr %v24, i64 %v130
  %v132 = getelementptr double, ptr %v131, i64 %v127
  %v133 = getelementptr double, ptr %v132, i64 %v129
  %v86 = load double, ptr %v133, align 8
  br i1 %v41, label %v107, label %v71

v71:
  %v134 = mul i64 %v121, %v8
  %v83 = getelementptr double, ptr %v6, i64 %v134
  %v135 = mul i64 %v121, %v17
  %v91 = getelementptr double, ptr %v15, i64 %v135
  br label %v69
}

define i32 @ranks.precision_rows_5395559e3140(ptr %v0, ptr %v1, ptr %v2, i64 %v3, i64 %v4, ptr %v5, i64 %v6, i64 %v7, ptr %v8, i64 %v9, i64 %v10, ptr %v11, i64 %v12) {
  %v13 = mul i64 8, %v4
  %v14 = mul i64 %v13, %v3
  %v15 = udiv exact i64 %v14, 8
  %v16 = mul i64 8, %v7
  %v17 = mul i64 %v16, %v6
  %v18 = udiv exact i64 %v17, 8
  %v19 = mul i64 8, %v10
  %v20 = mul i64 %v19, %v9
  %v21 = udiv exact i64 %v20, 8
  %v22 = mul i64 8, %v12
  %v23 = udiv exact i64 %v22, 8
  %v24 = call i32 @part0(ptr %v0, ptr %v1, ptr null, ptr null, i64 %v15, i64 8, ptr %v2, i64 %v3, i64 %v4, i64 %v13, i64 8, ptr null, ptr null, i64 %v18, i64 8, ptr %v5, i64 %v6, i64 %v7, i64 %v16, i64 8, ptr null, ptr null, i64 %v21, i64 8, ptr %v8, i64 %v9, i64 %v10, i64 %v19, i64 8, ptr null, ptr null, i64 %v23, i64 8, ptr %v11, i64 %v12, i64 8)
  ret i32 %v24
}
