/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses as keys of 16 bytes, IPv4 as ::ffff:a.b.c.d (source.ip_key), and
 * the networks in which sources are neighbours: /24 and /64.
 */
#ifndef RUAD_ANSWER_SENDER_NETWORK_H
#define RUAD_ANSWER_SENDER_NETWORK_H

#include <stddef.h>
#include <stdint.h>

#define SENDER_KEY 16

/* Read an address of the database; NULL, or what is none: all zero. */
void sender_network_read(const char *ip, uint8_t key[static SENDER_KEY]);

/* Return how many bytes of a key say its network. */
size_t sender_network_bytes(const uint8_t key[static SENDER_KEY]);

/* "198.51.100.0/24": the network of a key. */
#define SENDER_NETWORK 50
void sender_network_write(
    const uint8_t key[static SENDER_KEY], char out[static SENDER_NETWORK]);

/* "198.51.100.7": the address of a key. */
void sender_network_write_address(
    const uint8_t key[static SENDER_KEY], char out[static SENDER_NETWORK]);

#endif
