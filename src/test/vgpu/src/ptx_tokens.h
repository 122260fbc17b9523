// A text of PTX as words and signs, without comments.
#pragma once
#include "ptx.h"

namespace vgpu {

struct Token {
    std::string text;
    int line;
};

/** Strings have their opening quotation mark only. Throws PtxError. */
std::vector<Token> tokens(const std::string& text);

}  // namespace vgpu
