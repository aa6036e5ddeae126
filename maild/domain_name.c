/* SPDX-License-Identifier: ISC */
#include "domain_name.h"

#include <idn2.h>

bool
domain_name_ascii(struct buf *out, const char *domain)
{
	char *ascii = NULL;
	bool ok = idn2_to_ascii_8z(domain, &ascii,
		      IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) == IDN2_OK;

	if (ok)
		buf_adds(out, ascii);
	idn2_free(ascii);
	return ok;
}
