#pragma once
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// ctemplate through C. No exception leaves these functions: what fails answers null or false. Every `…_create` has its
// `…_destroy`; dictionaries below another one belong to it.

/// A set of parsed templates. Adding is for one thread; rendering is for any number at once, after `relance_templates_freeze`.
typedef struct relance_templates relance_templates;

relance_templates *relance_templates_create(void);
void relance_templates_destroy(relance_templates *templates);

/// Parses one template. False when it is not well formed. `escapes_html` turns on ctemplate's contextual escaping.
bool relance_templates_add(
    relance_templates *templates, const char *name, size_t name_length, const char *source, size_t source_length, bool escapes_html);

/// Ends the adding.
bool relance_templates_freeze(relance_templates *templates);

/// The values of one rendering, or of one section or inclusion of it. For one thread at a time.
typedef struct relance_dictionary relance_dictionary;

relance_dictionary *relance_dictionary_create(void);
void relance_dictionary_destroy(relance_dictionary *dictionary);

/// Sets a value for this template and everything it includes. Only for the dictionary that `relance_dictionary_create` made.
bool relance_dictionary_set_everywhere(
    relance_dictionary *dictionary, const char *name, size_t name_length, const char *value, size_t value_length);

/// Sets a value for this section or inclusion and the sections inside it.
bool relance_dictionary_set(
    relance_dictionary *dictionary, const char *name, size_t name_length, const char *value, size_t value_length);

/// Shows a section once, in this template and everything it includes. Only for a dictionary made by `relance_dictionary_create`.
bool relance_dictionary_show_everywhere(relance_dictionary *dictionary, const char *name, size_t name_length);

/// Shows a section once more, with values of its own. Belongs to `dictionary`; null when memory is exhausted.
relance_dictionary *relance_dictionary_add_section(relance_dictionary *dictionary, const char *name, size_t name_length);

/// Includes a template, with values of its own. Belongs to `dictionary`; null when memory is exhausted.
relance_dictionary *relance_dictionary_include(
    relance_dictionary *dictionary, const char *name, size_t name_length, const char *template_name, size_t template_length);

/// A rendered text.
typedef struct relance_rendering relance_rendering;

/// Null when there is no such template, a template it includes is missing, or memory is exhausted.
relance_rendering *relance_templates_render(
    const relance_templates *templates, const char *name, size_t name_length, const relance_dictionary *dictionary);
const char *relance_rendering_bytes(const relance_rendering *rendering);
size_t relance_rendering_length(const relance_rendering *rendering);
void relance_rendering_destroy(relance_rendering *rendering);

#ifdef __cplusplus
}
#endif
