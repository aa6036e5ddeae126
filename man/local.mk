dist_man_MANS += \
	man/mailctl.1 \
	man/mailctl-account.1 \
	man/mailctl-admin.1 \
	man/mailctl-backup.1 \
	man/mailctl-export.1 \
	man/mailctl-file.1 \
	man/mailctl-json.7 \
	man/mailctl-mailbox.1 \
	man/mailctl-migrate.1 \
	man/mailctl-raw.1 \
	man/mailctl-read.1 \
	man/mailctl-search.7 \
	man/mailctl-send.1 \
	man/mailctl-sync.1 \
	man/mailctl.conf.5 \
	man/maild.8 \
	man/maild.conf.5
EXTRA_DIST += man/local.mk
