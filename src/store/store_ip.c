/* SPDX-License-Identifier: BSD-2-Clause */
#include <arpa/inet.h>
#include <string.h>

#include "store/store_priv.h"

bool
store_read_ip(const char *ip, uint8_t key[static STORE_IP_KEY])
{
	if (strchr(ip, ':') != NULL)
		return inet_pton(AF_INET6, ip, key) == 1;
	memset(key, 0, 10);
	memset(key + 10, 0xff, 2);
	return inet_pton(AF_INET, ip, key + 12) == 1;
}

void
store_write_ip(const uint8_t key[static STORE_IP_KEY], char *text)
{
	static const uint8_t v4[12] = { [10] = 0xff, [11] = 0xff };

	if (memcmp(key, v4, sizeof(v4)) == 0)
		inet_ntop(AF_INET, key + 12, text, INET6_ADDRSTRLEN);
	else
		inet_ntop(AF_INET6, key, text, INET6_ADDRSTRLEN);
}
