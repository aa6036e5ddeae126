/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_SASL_SCRAM_H
#define MAILPROTO_SASL_SCRAM_H

#include "sasl.h"

/* SCRAM's client, behind sasl_client_step(); for sasl.c only. */
enum sasl_result
sasl_scram_client(struct sasl_client *c, struct span in, struct buf *out);
enum sasl_result
sasl_scram_plus_client(struct sasl_client *c, struct span in, struct buf *out);
void sasl_scram_free(struct sasl_scram *sc); /* NULL is fine */

#endif
