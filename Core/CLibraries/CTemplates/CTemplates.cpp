#include "CTemplates.h"

#include <ctemplate/template.h>
#include <ctemplate/template_cache.h>
#include <ctemplate/template_dictionary.h>

#include <memory>
#include <mutex>
#include <string>

using ctemplate::DO_NOT_STRIP;
using ctemplate::TemplateCache;
using ctemplate::TemplateDictionary;
using ctemplate::TemplateString;

struct relance_templates {
    TemplateCache cache;
};

struct relance_rendering {
    std::string bytes;
};

// A dictionary is handed out as it is: those below another one are made and freed by ctemplate, which leaves no room to wrap them.
namespace {

TemplateDictionary *opened(relance_dictionary *dictionary) { return reinterpret_cast<TemplateDictionary *>(dictionary); }

relance_dictionary *closed(TemplateDictionary *dictionary) { return reinterpret_cast<relance_dictionary *>(dictionary); }

// Parsing touches tables that all caches share; it is rare beside rendering, so one lock costs nothing.
std::mutex &parsing() {
    static std::mutex mutex;
    return mutex;
}

template <typename Result, typename Body>
Result without_exceptions(Result failure, Body body) noexcept {
    try {
        return body();
    } catch (...) {
        return failure;
    }
}

}  // namespace

relance_templates *relance_templates_create(void) {
    return without_exceptions<relance_templates *>(nullptr, [] { return new relance_templates; });
}

void relance_templates_destroy(relance_templates *templates) { delete templates; }

bool relance_templates_add(
    relance_templates *templates, const char *name, size_t name_length, const char *source, size_t source_length, bool escapes_html) {
    return without_exceptions(false, [&] {
        // The pragma must be the first thing in a template; put here, no template can forget it.
        std::string text = escapes_html ? "{{%AUTOESCAPE context=\"HTML\"}}" : "";
        text.append(source, source_length);
        const std::lock_guard<std::mutex> lock(parsing());
        return templates->cache.StringToTemplateCache(
            TemplateString(name, name_length), TemplateString(text.data(), text.size()), DO_NOT_STRIP);
    });
}

bool relance_templates_freeze(relance_templates *templates) {
    return without_exceptions(false, [&] {
        templates->cache.Freeze();
        return true;
    });
}

relance_dictionary *relance_dictionary_create(void) {
    return without_exceptions<relance_dictionary *>(nullptr, [] { return closed(new TemplateDictionary("root")); });
}

void relance_dictionary_destroy(relance_dictionary *dictionary) { delete opened(dictionary); }

bool relance_dictionary_set_everywhere(
    relance_dictionary *dictionary, const char *name, size_t name_length, const char *value, size_t value_length) {
    return without_exceptions(false, [&] {
        opened(dictionary)->SetTemplateGlobalValue(TemplateString(name, name_length), TemplateString(value, value_length));
        return true;
    });
}

bool relance_dictionary_set(
    relance_dictionary *dictionary, const char *name, size_t name_length, const char *value, size_t value_length) {
    return without_exceptions(false, [&] {
        opened(dictionary)->SetValue(TemplateString(name, name_length), TemplateString(value, value_length));
        return true;
    });
}

bool relance_dictionary_show_everywhere(relance_dictionary *dictionary, const char *name, size_t name_length) {
    return without_exceptions(false, [&] {
        opened(dictionary)->ShowTemplateGlobalSection(TemplateString(name, name_length));
        return true;
    });
}

relance_dictionary *relance_dictionary_add_section(relance_dictionary *dictionary, const char *name, size_t name_length) {
    return without_exceptions<relance_dictionary *>(nullptr, [&] {
        return closed(opened(dictionary)->AddSectionDictionary(TemplateString(name, name_length)));
    });
}

relance_dictionary *relance_dictionary_include(
    relance_dictionary *dictionary, const char *name, size_t name_length, const char *template_name, size_t template_length) {
    return without_exceptions<relance_dictionary *>(nullptr, [&] {
        TemplateDictionary *included = opened(dictionary)->AddIncludeDictionary(TemplateString(name, name_length));
        included->SetFilename(TemplateString(template_name, template_length));
        return closed(included);
    });
}

relance_rendering *relance_templates_render(
    const relance_templates *templates, const char *name, size_t name_length, const relance_dictionary *dictionary) {
    return without_exceptions<relance_rendering *>(nullptr, [&]() -> relance_rendering * {
        auto rendering = std::make_unique<relance_rendering>();
        const bool is_complete = templates->cache.ExpandNoLoad(
            TemplateString(name, name_length), DO_NOT_STRIP, reinterpret_cast<const TemplateDictionary *>(dictionary), nullptr,
            &rendering->bytes);
        return is_complete ? rendering.release() : nullptr;
    });
}

const char *relance_rendering_bytes(const relance_rendering *rendering) { return rendering->bytes.data(); }

size_t relance_rendering_length(const relance_rendering *rendering) { return rendering->bytes.size(); }

void relance_rendering_destroy(relance_rendering *rendering) { delete rendering; }
