dist_man_MANS += \
	man/maild.8 \
	man/maild.conf.5
EXTRA_DIST += man/local.mk
