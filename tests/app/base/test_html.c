/* Arbitrary text in HTML. */
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "support/suite.h"

static void check_html(const char *text, const char *expected)
{
    buffer b = {0};
    buffer_add_html(&b, text);
    buffer_add(&b, "", 1);
    ck_assert(!b.failed);
    ck_assert_str_eq(b.data, expected);
    free(b.data);
}

START_TEST(plain_text_stays)
{
    check_html("", "");
    check_html("results/model.safetensors", "results/model.safetensors");
    check_html("Ziffern f\xc3\xbcr alle \xe2\x82\xac", "Ziffern f\xc3\xbcr alle \xe2\x82\xac");
}
END_TEST

START_TEST(special_characters_of_html_are_escaped)
{
    check_html("<script>alert('x')</script>", "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;");
    check_html("\" onclick=\"x", "&quot; onclick=&quot;x");
    check_html("&lt;", "&amp;lt;");
}
END_TEST

START_TEST(invalid_text_is_replaced)
{
    check_html("a\nb\tc", "a?b?c");
    check_html("\x1b[31mred", "?[31mred");
    check_html("\xff<\xc3", "?&lt;?");
    check_html("\xc2\x9b", "??");
}
END_TEST

int main(void)
{
    return SUITE_RUN("html", plain_text_stays, special_characters_of_html_are_escaped, invalid_text_is_replaced);
}
