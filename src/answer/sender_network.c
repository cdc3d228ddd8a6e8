/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/sender_network.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const uint8_t v4[12] = { [10] = 0xff, [11] = 0xff };

static bool
is_v4(const uint8_t key[static SENDER_KEY])
{
	return memcmp(key, v4, sizeof(v4)) == 0;
}

void
sender_network_read(const char *ip, uint8_t key[static SENDER_KEY])
{
	uint8_t read[SENDER_KEY] = { 0 };

	if (ip != NULL && strchr(ip, ':') != NULL)
		inet_pton(AF_INET6, ip, read);
	else if (ip != NULL) {
		memcpy(read, v4, sizeof(v4));
		inet_pton(AF_INET, ip, read + sizeof(v4));
	}
	memcpy(key, read, SENDER_KEY);
}

size_t
sender_network_bytes(const uint8_t key[static SENDER_KEY])
{
	return is_v4(key) ? 15 : 8;
}

void
sender_network_write_address(
    const uint8_t key[static SENDER_KEY], char out[static SENDER_NETWORK])
{
	if (is_v4(key))
		inet_ntop(AF_INET, key + sizeof(v4), out, SENDER_NETWORK);
	else
		inet_ntop(AF_INET6, key, out, SENDER_NETWORK);
}

void
sender_network_write(
    const uint8_t key[static SENDER_KEY], char out[static SENDER_NETWORK])
{
	uint8_t network[SENDER_KEY] = { 0 };
	char text[SENDER_NETWORK];

	memcpy(network, key, sender_network_bytes(key));
	sender_network_write_address(network, text);
	snprintf(out, SENDER_NETWORK, "%.46s/%d", text, is_v4(key) ? 24 : 64);
}
