// Types by their names, and a text as words and signs.
#include "ptx_tokens.h"

#include <cctype>

namespace vgpu {

static const struct { const char* name; Type type; int bytes; } TYPES[] = {
    {"pred", Type::Pred, 1}, {"u8", Type::U8, 1}, {"u16", Type::U16, 2}, {"u32", Type::U32, 4}, {"u64", Type::U64, 8},
    {"s8", Type::S8, 1}, {"s16", Type::S16, 2}, {"s32", Type::S32, 4}, {"s64", Type::S64, 8}, {"b8", Type::B8, 1},
    {"b16", Type::B16, 2}, {"b32", Type::B32, 4}, {"b64", Type::B64, 8}, {"f16", Type::F16, 2},
    {"f16x2", Type::F16x2, 4}, {"bf16", Type::BF16, 2}, {"bf16x2", Type::BF16x2, 4}, {"f32", Type::F32, 4},
    {"f64", Type::F64, 8}};

int bytesOf(Type type) {
    for (auto& each : TYPES) {
        if (each.type == type) {
            return each.bytes;
        }
    }
    return 0;
}

bool isSigned(Type type) { return type >= Type::S8 && type <= Type::S64; }
bool isFloat(Type type) { return type >= Type::F16 && type <= Type::F64; }

Type typeOf(const std::string& name) {
    for (auto& each : TYPES) {
        if (name == each.name) {
            return each.type;
        }
    }
    return Type::None;
}

static bool isWordCharacter(char c) {
    return std::isalnum((unsigned char) c) || c == '_' || c == '$' || c == '%' || c == '.' || c == ':';
}

std::vector<Token> tokens(const std::string& text) {
    std::vector<Token> all;
    int line = 1;
    size_t at = 0;
    while (at < text.size() && text[at] != 0) {
        char c = text[at];
        if (c == '\n') {
            line++;
            at++;
        } else if (std::isspace((unsigned char) c)) {
            at++;
        } else if (!text.compare(at, 2, "//")) {
            at = std::min(text.find('\n', at), text.size());
        } else if (!text.compare(at, 2, "/*")) {
            size_t end = std::min(text.find("*/", at), text.size() - 2) + 2;
            for (; at < end; at++) {
                line += text[at] == '\n';
            }
        } else if (c == '"') {
            size_t end = text.find('"', at + 1);
            if (end == std::string::npos) {
                throw PtxError(line, "a string does not end");
            }
            all.push_back({text.substr(at, end - at), line});
            at = end + 1;
        } else if (isWordCharacter(c)) {
            size_t end = at;
            while (end < text.size() && isWordCharacter(text[end])) {
                end++;
            }
            all.push_back({text.substr(at, end - at), line});
            at = end;
        } else {
            all.push_back({std::string(1, c), line});
            at++;
        }
    }
    return all;
}

}  // namespace vgpu
