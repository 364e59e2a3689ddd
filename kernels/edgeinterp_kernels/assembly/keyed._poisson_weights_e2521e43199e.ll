define internal i32 @part0(ptr noalias captures(none) %v0, ptr noalias captures(none) %v1, ptr %v2, ptr %v3, i64 %v4, i64 %v5, ptr %v6, i64 %v7, i64 %v8, i64 %v9, i64 %v10, ptr %v11, ptr %v12, i64 %v13, i64 %v14, ptr %v15, i64 %v16, i64 %v17, ptr %v18, ptr %v19, i64 %v20, i64 %v21, ptr %v22, i64 %v23, i64 %v24, i64 %v25, i64 %v26) {
v27:
  %v28 = icmp slt i64 %v23, 1
  %v29 = icmp slt i64 %v4, 1
  %v30 = select i1 %v28, i1 true, i1 %v29
  br i1 %v30, label %v31, label %v32

v32:
  %v33 = icmp sgt i64 %v13, 0
  br i1 %v33, label %v34, label %v35

v34:
  %v36 = add nsw i64 %v13, -1
  br label %v37

v37:
  %v38 = phi i64 [ %v39, %v40 ], [ 0, %v34 ]
  %v41 = add nsw i64 %v38, %v9
  %v42 = mul i64 %v41, -7046029254386353131
  %v43 = add i64 %v42, %v10
  %v44 = lshr i64 %v43, 30
  %v45 = xor i64 %v44, %v43
  %v46 = mul i64 %v45, -4658895280553007687
  %v47 = lshr i64 %v46, 27
  %v48 = xor i64 %v47, %v46
  %v49 = mul i64 %v48, -7723592293110705685
  %v50 = lshr i64 %v49, 31
  %v51 = mul i64 %v38, %v24
  %v52 = getelementptr double, ptr %v22, i64 %v51
  br label %v53

v53:
  %v54 = phi i64 [ 0, %v37 ], [ %v55, %v56 ]
  %v55 = add nuw nsw i64 %v54, 1
  %v57 = getelementptr i64, ptr %v6, i64 %v54
  %v58 = load i64, ptr %v57, align 8
  %v59 = xor i64 %v50, %v58
  %v60 = xor i64 %v59, %v49
  %v61 = lshr i64 %v60, 30
  %v62 = xor i64 %v61, %v60
  %v63 = mul i64 %v62, -4658895280553007687
  %v64 = lshr i64 %v63, 27
  %v65 = xor i64 %v64, %v63
  %v66 = mul i64 %v65, -7723592293110705685
  %v67 = lshr i64 %v66, 31
  %v68 = xor i64 %v67, %v66
  %v69 = add i64 %v68, -7046029254386353131
  %v70 = lshr i64 %v69, 30
  %v71 = xor i64 %v70, %v69
  %v72 = mul i64 %v71, -4658895280553007687
  %v73 = lshr i64 %v72, 27
  %v74 = xor i64 %v73, %v72
  %v75 = mul i64 %v74, -7723592293110705685
  %v76 = lshr i64 %v75, 42
  %v77 = lshr i64 %v75, 11
  %v78 = xor i64 %v76, %v77
  %v79 = uitofp nneg i64 %v78 to double
  %v80 = fmul double %v79, 0x3CA0000000000000
  %v81 = load double, ptr %v15, align 8
  %v82 = fcmp ult double %v80, %v81
  br i1 %v82, label %v56, label %v83

v83:
  %v84 = phi i64 [ %v85, %v86 ], [ 0, %v53 ]
  %v87 = icmp eq i64 %v84, %v36
  br i1 %v87, label %v88, label %v86

v86:
  %v85 = add nuw nsw i64 %v84, 1
  %v89 = getelementptr double, ptr %v15, i64 %v85
  %v90 = load double, ptr %v89, align 8
  %v91 = fcmp ult double %v80, %v90
  br i1 %v91, label %v88, label %v83

v88:
  %v92 = phi i64 [ %v85, %v86 ], [ %v13, %v83 ]
  %v93 = sitofp i64 %v92 to double
  br label %v56

v56:
  %v94 = phi double [ 0.000000e+00, %v53 ], [ %v93, %v88 ]
  %v95 = getelementptr double, ptr %v52, i64 %v54
  store double %v94, ptr %v95, align 8
  %v96 = icmp eq i64 %v4, %v55
  br i1 %v96, label %v40, label %v53

v40:
  %v39 = add nuw nsw i64 %v38, 1
  %v97 = icmp eq i64 %v23, %v39
  br i1 %v97, label %v31, label %v37

v35:
  %v98 = phi i64 [ %v99, %v100 ], [ 0, %v32 ]
  %v101 = mul i64 %v98, %v24
  %v102 = getelementptr double, ptr %v22, i64 %v101
  br label %v103

v103:
  %v104 = phi i64 [ 0, %v35 ], [ %v105, %v103 ]
  %v105 = add nuw nsw i64 %v104, 1
  %v106 = getelementptr double, ptr %v102, i64 %v104
  store double 0.000000e+00, ptr %v106, align 8
  %v107 = icmp eq i64 %v4, %v105
  br i1 %v107, label %v100, label %v103

v100:
  %v99 = add nuw nsw i64 %v98, 1
  %v108 = icmp eq i64 %v23, %v99
  br i1 %v108, label %v31, label %v35

v31:
  store ptr null, ptr %v0, align 8
  ret i32 0
}

define i32 @keyed._poisson_weights_e2521e43199e(ptr %v0, ptr %v1, ptr %v2, i64 %v3, i64 %v4, i64 %v5, ptr %v6, i64 %v7, ptr %v8, i64 %v9, i64 %v10) {
  %v11 = mul i64 8, %v3
  %v12 = udiv exact i64 %v11, 8
  %v13 = mul i64 8, %v7
  %v14 = udiv exact i64 %v13, 8
  %v15 = mul i64 8, %v10
  %v16 = mul i64 %v15, %v9
  %v17 = udiv exact i64 %v16, 8
  %v18 = call i32 @part0(ptr %v0, ptr %v1, ptr null, ptr null, i64 %v12, i64 8, ptr %v2, i64 %v3, i64 8, i64 %v4, i64 %v5, ptr null, ptr null, i64 %v14, i64 8, ptr %v6, i64 %v7, i64 8, ptr null, ptr null, i64 %v17, i64 8, ptr %v8, i64 %v9, i64 %v10, i64 %v15, i64 8)
  ret i32 %v18
}
