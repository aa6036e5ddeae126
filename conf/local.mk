dist_doc_DATA = conf/maild.conf.sample conf/openapi.yaml
EXTRA_DIST += conf/local.mk conf/maild.service
