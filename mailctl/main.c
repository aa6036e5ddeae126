/* SPDX-License-Identifier: ISC */
#include <locale.h>

#include "cmd.h"

int
main(int argc, char **argv)
{
	setlocale(LC_ALL, "");
	return cmd_main(argc, argv);
}
