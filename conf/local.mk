EXTRA_DIST += conf/local.mk
