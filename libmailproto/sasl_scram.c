/* SPDX-License-Identifier: ISC */
#include "sasl_scram.h"

#include <openssl/crypto.h>

#include <stdlib.h>

#include "base64.h"
#include "saslprep.h"

enum { SCRAM_FIRST, SCRAM_FINAL, SCRAM_VERIFY, SCRAM_END, SCRAM_FAILED };

struct sasl_scram {
	struct buf header; /* gs2-header */
	struct buf bare;   /* client-first-message-bare */
	struct buf nonce;
	struct scram_key verifier; /* what the server must prove */
};

void
sasl_scram_free(struct sasl_scram *sc)
{
	if (sc == NULL)
		return;
	buf_free(&sc->header);
	buf_free(&sc->bare);
	buf_free(&sc->nonce);
	explicit_bzero(sc, sizeof(*sc));
	free(sc);
}

/* "y" where this side could bind but the server did not offer it: the server
 * then knows whether somebody took that from its offer. */
static void
add_header(const struct sasl_client *c, bool plus, struct buf *out)
{
	if (plus)
		buf_addf(out, "p=%s,", c->binding.name);
	else
		buf_adds(out, c->binding.name != NULL ? "y," : "n,");
	if (c->authzid != NULL && c->authzid[0] != '\0') {
		buf_adds(out, "a=");
		scram_add_name(out, span_str(c->authzid));
	}
	buf_addc(out, ',');
}

static enum sasl_result
first(struct sasl_client *c, bool plus, struct buf *out)
{
	struct sasl_scram *sc = xcalloc(1, sizeof(*sc));
	struct buf name = { 0 };

	sasl_scram_free(c->scram);
	c->scram = sc;
	if (plus && c->binding.name == NULL)
		return SASL_FAIL;
	saslprep_or_raw(&name, span_str(c->authcid));
	if (c->nonce != NULL)
		buf_adds(&sc->nonce, c->nonce);
	else
		scram_nonce(&sc->nonce);
	add_header(c, plus, &sc->header);
	buf_adds(&sc->bare, "n=");
	scram_add_name(&sc->bare, buf_span(&name));
	buf_addf(&sc->bare, ",r=%s", sc->nonce.data);
	buf_add_span(out, buf_span(&sc->header));
	buf_add_span(out, buf_span(&sc->bare));
	buf_free(&name);
	c->step = SCRAM_FINAL;
	return out->failed ? SASL_FAIL : SASL_CONTINUE;
}

struct server_first {
	struct span nonce;
	struct buf salt;
	uint32_t iterations;
};

/* The nonce must go on from ours; few iterations would be an attack on the
 * password, very many one on our time. */
static bool
read_first(const struct sasl_scram *sc, struct span in, struct server_first *f)
{
	struct span salt, count, mine = buf_span(&sc->nonce);

	return in.n <= SCRAM_MESSAGE_MAX &&
	       scram_attribute(&in, 'r', &f->nonce) && f->nonce.n > mine.n &&
	       scram_is_nonce(f->nonce) &&
	       span_eq(span_sub(f->nonce, 0, mine.n), mine) &&
	       scram_attribute(&in, 's', &salt) &&
	       base64_decode(&f->salt, salt) == 0 && f->salt.len > 0 &&
	       scram_attribute(&in, 'i', &count) &&
	       span_u32(count, &f->iterations) == 0 &&
	       f->iterations >= SCRAM_ITERATIONS_MIN &&
	       f->iterations <= SCRAM_ITERATIONS_MAX;
}

static void
make_proof(struct sasl_client *c, const struct server_first *f,
    struct span message, struct scram_key *proof)
{
	struct scram_key salted, stored, key;

	scram_salted(
	    &salted, span_str(c->password), buf_span(&f->salt), f->iterations);
	scram_hmac(&salted, SPAN_LIT("Client Key"), proof);
	scram_hash(proof, &stored);
	scram_hmac(&stored, message, &key);
	scram_xor(proof, &key);
	scram_hmac(&salted, SPAN_LIT("Server Key"), &key);
	scram_hmac(&key, message, &c->scram->verifier);
	explicit_bzero(&salted, sizeof(salted));
	explicit_bzero(&key, sizeof(key));
}

static void
add_final(struct sasl_client *c, bool plus, struct span in,
    const struct server_first *f, struct buf *out)
{
	struct sasl_scram *sc = c->scram;
	struct scram_key proof;
	struct buf message = { 0 };

	if (plus)
		buf_add_span(&sc->header, c->binding.data);
	buf_adds(out, "c=");
	base64_encode(out, buf_span(&sc->header), 0);
	buf_adds(out, ",r=");
	buf_add_span(out, f->nonce);

	buf_add_span(&message, buf_span(&sc->bare));
	buf_addc(&message, ',');
	buf_add_span(&message, in);
	buf_addc(&message, ',');
	buf_add_span(&message, buf_span(out));
	make_proof(c, f, buf_span(&message), &proof);
	buf_adds(out, ",p=");
	base64_encode(out, span_of((char *)proof.b, SCRAM_KEY_SIZE), 0);
	buf_free(&message);
}

static enum sasl_result
final(struct sasl_client *c, bool plus, struct span in, struct buf *out)
{
	struct server_first f = { .salt = { .max = SCRAM_SALT_MAX } };
	bool ok = read_first(c->scram, in, &f);

	if (ok)
		add_final(c, plus, in, &f, out);
	buf_free(&f.salt);
	c->step = SCRAM_VERIFY;
	return ok && !out->failed ? SASL_CONTINUE : SASL_FAIL;
}

/* The server shows that it knows the password's keys, or else it is none. */
static enum sasl_result
verify(struct sasl_client *c, struct span in)
{
	struct buf bytes = { .max = SCRAM_KEY_SIZE };
	struct span value;
	bool ok;

	ok = in.n <= SCRAM_MESSAGE_MAX && scram_attribute(&in, 'v', &value) &&
	     base64_decode(&bytes, value) == 0 && bytes.len == SCRAM_KEY_SIZE &&
	     CRYPTO_memcmp(bytes.data, c->scram->verifier.b, SCRAM_KEY_SIZE) ==
		 0;
	buf_free(&bytes);
	c->step = ok ? SCRAM_END : SCRAM_FAILED;
	return ok ? SASL_CONTINUE : SASL_FAIL;
}

static enum sasl_result
step(struct sasl_client *c, bool plus, struct span in, struct buf *out)
{
	if (c->step == SCRAM_FIRST)
		return first(c, plus, out);
	if (in.p == NULL)
		return c->step == SCRAM_END ? SASL_DONE : SASL_FAIL;
	if (c->step == SCRAM_FINAL)
		return final(c, plus, in, out);
	return c->step == SCRAM_VERIFY ? verify(c, in) : SASL_FAIL;
}

enum sasl_result
sasl_scram_client(struct sasl_client *c, struct span in, struct buf *out)
{
	return step(c, false, in, out);
}

enum sasl_result
sasl_scram_plus_client(struct sasl_client *c, struct span in, struct buf *out)
{
	return step(c, true, in, out);
}
