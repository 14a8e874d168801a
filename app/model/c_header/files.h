/* The templates of the header as text, made part of the program when it is built (see base/embed.c). */
#pragma once

extern const char c_header_pixels[], c_header_deskew[], c_header_patches[];
