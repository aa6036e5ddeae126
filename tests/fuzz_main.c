/* SPDX-License-Identifier: ISC */
/*
 * Replays a corpus through a fuzz target, where libFuzzer does not bring its
 * own main: every file of tests/corpus/NAME for tests/fuzz_NAME, or the files
 * named on the command line.
 */
#include <dirent.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
replay(const char *path)
{
	struct stat sb;
	uint8_t *data;
	FILE *f = fopen(path, "rb");

	if (f == NULL || fstat(fileno(f), &sb) < 0) {
		perror(path);
		exit(1);
	}
	if (!S_ISREG(sb.st_mode)) {
		fclose(f);
		return 0;
	}
	data = malloc((size_t)sb.st_size + 1);
	if (data == NULL ||
	    fread(data, 1, (size_t)sb.st_size, f) != (size_t)sb.st_size) {
		perror(path);
		exit(1);
	}
	fclose(f);
	LLVMFuzzerTestOneInput(data, (size_t)sb.st_size);
	free(data);
	return 1;
}

static int
replay_folder(const char *name)
{
	const char *top = getenv("top_srcdir");
	char path[PATH_MAX], file[PATH_MAX];
	struct dirent *e;
	int n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "%s/tests/corpus/%s",
	    top != NULL ? top : ".", name);
	d = opendir(path);
	if (d == NULL) {
		perror(path);
		exit(1);
	}
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		if (snprintf(file, sizeof(file), "%s/%s", path, e->d_name) <
		    (int)sizeof(file))
			n += replay(file);
	}
	closedir(d);
	return n;
}

int
main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/');
	int n = 0;

	name = name != NULL ? name + 1 : argv[0];
	if (strncmp(name, "fuzz_", 5) == 0)
		name += 5;
	for (int i = 1; i < argc; i++)
		n += replay(argv[i]);
	if (argc == 1)
		n = replay_folder(name);
	printf("%s: %d inputs\n", name, n);
	return n > 0 ? 0 : 1;
}
