/* SPDX-License-Identifier: ISC */
#include "charset_name.h"

/*
 * Where senders commonly mean a superset (windows-1252 by iso-8859-1, GB18030
 * by gb2312, Windows' code pages by the others) the superset decodes.
 */
static const struct charset_name names[] = {
	{ "utf8", CHARSET_UTF8, NULL },
	{ "usascii", CHARSET_ASCII, NULL },
	{ "iso88591", CHARSET_WINDOWS_1252, NULL },
	{ "windows1252", CHARSET_WINDOWS_1252, NULL },

	{ "ascii", CHARSET_ASCII, NULL },
	{ "ansix3.41968", CHARSET_ASCII, NULL },
	{ "iso646us", CHARSET_ASCII, NULL },
	{ "unicode11utf8", CHARSET_UTF8, NULL },
	{ "cp1252", CHARSET_WINDOWS_1252, NULL },
	{ "xcp1252", CHARSET_WINDOWS_1252, NULL },
	{ "latin1", CHARSET_WINDOWS_1252, NULL },
	{ "l1", CHARSET_WINDOWS_1252, NULL },

	{ "iso88592", CHARSET_ICONV, "ISO-8859-2" },
	{ "latin2", CHARSET_ICONV, "ISO-8859-2" },
	{ "iso88593", CHARSET_ICONV, "ISO-8859-3" },
	{ "iso88594", CHARSET_ICONV, "ISO-8859-4" },
	{ "iso88595", CHARSET_ICONV, "ISO-8859-5" },
	{ "iso88596", CHARSET_ICONV, "ISO-8859-6" },
	{ "iso88597", CHARSET_ICONV, "ISO-8859-7" },
	{ "iso88598", CHARSET_ICONV, "ISO-8859-8" },
	{ "iso88598i", CHARSET_ICONV, "ISO-8859-8" },
	{ "iso88599", CHARSET_ICONV, "CP1254" },
	{ "latin5", CHARSET_ICONV, "CP1254" },
	{ "iso885910", CHARSET_ICONV, "ISO-8859-10" },
	{ "iso885911", CHARSET_ICONV, "CP874" },
	{ "iso885913", CHARSET_ICONV, "ISO-8859-13" },
	{ "iso885914", CHARSET_ICONV, "ISO-8859-14" },
	{ "iso885915", CHARSET_ICONV, "ISO-8859-15" },
	{ "latin9", CHARSET_ICONV, "ISO-8859-15" },
	{ "iso885916", CHARSET_ICONV, "ISO-8859-16" },

	{ "windows1250", CHARSET_ICONV, "CP1250" },
	{ "cp1250", CHARSET_ICONV, "CP1250" },
	{ "windows1251", CHARSET_ICONV, "CP1251" },
	{ "cp1251", CHARSET_ICONV, "CP1251" },
	{ "windows1253", CHARSET_ICONV, "CP1253" },
	{ "cp1253", CHARSET_ICONV, "CP1253" },
	{ "windows1254", CHARSET_ICONV, "CP1254" },
	{ "cp1254", CHARSET_ICONV, "CP1254" },
	{ "windows1255", CHARSET_ICONV_OTHER, "CP1255" },
	{ "cp1255", CHARSET_ICONV_OTHER, "CP1255" },
	{ "windows1256", CHARSET_ICONV, "CP1256" },
	{ "cp1256", CHARSET_ICONV, "CP1256" },
	{ "windows1257", CHARSET_ICONV, "CP1257" },
	{ "cp1257", CHARSET_ICONV, "CP1257" },
	{ "windows1258", CHARSET_ICONV_OTHER, "CP1258" },
	{ "cp1258", CHARSET_ICONV_OTHER, "CP1258" },
	{ "windows874", CHARSET_ICONV, "CP874" },
	{ "tis620", CHARSET_ICONV, "CP874" },
	{ "koi8r", CHARSET_ICONV, "KOI8-R" },
	{ "koi8u", CHARSET_ICONV, "KOI8-U" },
	{ "cp437", CHARSET_ICONV, "CP437" },
	{ "ibm437", CHARSET_ICONV, "CP437" },
	{ "cp850", CHARSET_ICONV, "CP850" },
	{ "ibm850", CHARSET_ICONV, "CP850" },
	{ "cp852", CHARSET_ICONV, "CP852" },
	{ "ibm852", CHARSET_ICONV, "CP852" },
	{ "cp866", CHARSET_ICONV, "CP866" },
	{ "ibm866", CHARSET_ICONV, "CP866" },
	{ "macintosh", CHARSET_ICONV, "MACINTOSH" },
	{ "xmacroman", CHARSET_ICONV, "MACINTOSH" },
	{ "xmaccyrillic", CHARSET_ICONV, "MAC-CYRILLIC" },

	{ "shiftjis", CHARSET_ICONV, "CP932" },
	{ "sjis", CHARSET_ICONV, "CP932" },
	{ "xsjis", CHARSET_ICONV, "CP932" },
	{ "windows31j", CHARSET_ICONV, "CP932" },
	{ "cp932", CHARSET_ICONV, "CP932" },
	{ "eucjp", CHARSET_ICONV, "EUC-JP-MS" },
	{ "xeucjp", CHARSET_ICONV, "EUC-JP-MS" },
	{ "iso2022jp", CHARSET_ICONV_OTHER, "ISO-2022-JP" },
	{ "iso2022jp2", CHARSET_ICONV_OTHER, "ISO-2022-JP-2" },
	{ "euckr", CHARSET_ICONV, "CP949" },
	{ "ksc56011987", CHARSET_ICONV, "CP949" },
	{ "ksc5601", CHARSET_ICONV, "CP949" },
	{ "cp949", CHARSET_ICONV, "CP949" },
	{ "iso2022kr", CHARSET_ICONV_OTHER, "ISO-2022-KR" },
	{ "gb2312", CHARSET_ICONV, "GB18030" },
	{ "euccn", CHARSET_ICONV, "GB18030" },
	{ "gbk", CHARSET_ICONV, "GB18030" },
	{ "xgbk", CHARSET_ICONV, "GB18030" },
	{ "cp936", CHARSET_ICONV, "GB18030" },
	{ "gb18030", CHARSET_ICONV, "GB18030" },
	{ "iso2022cn", CHARSET_ICONV_OTHER, "ISO-2022-CN" },
	{ "big5", CHARSET_ICONV_OTHER, "BIG5-HKSCS" },
	{ "big5hkscs", CHARSET_ICONV_OTHER, "BIG5-HKSCS" },
	{ "cp950", CHARSET_ICONV_OTHER, "BIG5-HKSCS" },
	{ "euctw", CHARSET_ICONV, "EUC-TW" },
	{ "viscii", CHARSET_ICONV_OTHER, "VISCII" },

	{ "utf7", CHARSET_ICONV_OTHER, "UTF-7" },
	{ "unicode11utf7", CHARSET_ICONV_OTHER, "UTF-7" },
	{ "utf16", CHARSET_ICONV_OTHER, "UTF-16" },
	{ "utf16be", CHARSET_ICONV_OTHER, "UTF-16BE" },
	{ "utf16le", CHARSET_ICONV_OTHER, "UTF-16LE" },
	{ "utf32", CHARSET_ICONV_OTHER, "UTF-32" },
	{ "utf32be", CHARSET_ICONV_OTHER, "UTF-32BE" },
	{ "utf32le", CHARSET_ICONV_OTHER, "UTF-32LE" },
};

static bool
same_label(struct span s, const char *label)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '-' || s.p[i] == '_')
			continue;
		if (*label == '\0' ||
		    ascii_lower((unsigned char)s.p[i]) != *label)
			return false;
		label++;
	}
	return *label == '\0';
}

const struct charset_name *
charset_name_find(struct span label)
{
	label = span_trim(label);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (same_label(label, names[i].label))
			return &names[i];
	}
	return NULL;
}
