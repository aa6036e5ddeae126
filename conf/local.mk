EXTRA_DIST += conf/local.mk conf/openapi.yaml
