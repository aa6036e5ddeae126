/* SPDX-License-Identifier: ISC */
#ifndef MAILD_CONF_TABLE_H
#define MAILD_CONF_TABLE_H

#include "conf.h"
#include "scfg.h"

/*
 * Every setting: what the file may hold, what the roles see of it in struct
 * conf, and what the manual says about it.  conf_table_impl.h says how to add
 * one.
 */
struct conf_setting;

/* A kind of value. */
struct conf_type {
	const char *syntax; /* of the values: "SIZE", "yes | no" */
	bool multiple;      /* may stand several times, and then adds */
	bool block;         /* its values are followed by one */
	/* Read d->word[1] and on into c; false: reported. */
	bool (*parse)(struct conf *c, const struct conf_setting *s,
	    const struct scfg_directive *d, struct scfg_errors *e);
	/* Append value number i, as it is written. */
	void (*format)(struct buf *out, const struct conf *c,
	    const struct conf_setting *s, size_t i);
	/* Append a number as min and max have it; NULL: there is no range. */
	void (*limit)(struct buf *out, uint64_t n);
	/* How many values there are; NULL: one. */
	size_t (*count)(const struct conf *c, const struct conf_setting *s);
	/* Free what parse allocated; NULL: nothing. */
	void (*clear)(struct conf *c, const struct conf_setting *s);
};

struct conf_setting {
	const char *block; /* "" for the top level */
	const char *name;
	const struct conf_type *type;
	const char *field; /* of struct conf, and where it is there */
	size_t offset;
	const char *def;   /* the values when it is not set; NULL: other
			    * settings decide, as the sentence says */
	const char *shown; /* def as the manual has it, where that differs; or,
			    * without one, an example */
	uint64_t min, max; /* of numbers; of texts the length */
	const char *const *words; /* that it may be, up to a NULL */
	bool optional;     /* "" is a value, too, and stands for NULL */
	bool reload;       /* a reload applies it; else a restart */
	const char *sentence;
};

/* All of them, block by block, by number from 0; NULL behind the last. */
const struct conf_setting *conf_setting_at(size_t i);
size_t conf_settings_count(void);
size_t conf_setting_number(const struct conf_setting *s);
/* NULL: none of that name in that block. */
const struct conf_setting *conf_setting_find(const char *block,
    const char *name);
/* The setting or block there that the writer may have meant, or NULL. */
const char *conf_name_like(const char *block, const char *name);
bool conf_block_exists(const char *block);

extern const struct conf_type conf_type_bool, conf_type_client, conf_type_count,
    conf_type_domain, conf_type_host, conf_type_listen, conf_type_networks,
    conf_type_path,
    conf_type_rate, conf_type_retries, conf_type_size, conf_type_smarthost,
    conf_type_text, conf_type_time, conf_type_word;

/* The field of a setting in a configuration. */
#define CONF_FIELD(c, s, type) ((type *)(void *)((char *)(c) + (s)->offset))
#define CONF_VALUE(c, s, type)                                                 \
	(*(type const *)(const void *)((const char *)(c) + (s)->offset))

/* Make the name of a host or domain lower case; false: it is none. */
bool conf_host_normalize(char *s);

/* The one value of a directive; NULL: there are none or several, reported. */
const struct scfg_word *conf_one_value(const struct conf_setting *s,
    const struct scfg_directive *d, struct scfg_errors *e);

#endif
