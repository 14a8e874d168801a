/* The templates of the header as text, made part of the program when it is built (see base/embed.c). */
#pragma once

extern const char c_header_float[], c_header_int8[];
