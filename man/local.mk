dist_man_MANS += \
	man/mailctl.1 \
	man/maild.8 \
	man/maild.conf.5
EXTRA_DIST += man/local.mk
