/* SPDX-License-Identifier: ISC */
#include "require_tls.h"

#include "header.h"

bool
require_tls_is_no(struct span header)
{
	struct header_field f;
	unsigned fields = 0;
	bool no = false;

	while (header_next(&header, &f)) {
		if (!span_ieqs(f.name, "TLS-Required"))
			continue;
		fields++;
		no = span_ieqs(span_trim(f.value), "No");
	}
	return no && fields == 1;
}
