"""Texts as they may stand in anybody's export, made to be taken for something else."""

TEXTS = (
    "![x](http://evil.example/a.png)",
    "[click](http://evil.example) <http://evil.example> http://evil.example/a www.evil.example",
    "ada@evil.example",
    "*a* _b_ **c** __d__ `e` ~~f~~ ~g~ ^h^ ==i==",
    "# heading",
    "- item",
    "+ item",
    "1. one",
    "2) two",
    "> quote",
    "| a | b |",
    "--- *** ___",
    "$x$ $$y$$ costs $5 and $6",
    ":red[a] :blue-background[b] :green-badge[c] :small[d] :color[e]{foreground=red} :help[f]",
    ":material/home: :material_home: :smile: :+1: :streamlit: 10:30:45 a::b ::c::",
    "<b>a</b> <img src=http://evil.example/b.png> <script>alert(1)</script>",
    "a -> b <- c <-> d -- e >= f <= g ~= h",
    "& &amp; &lt; &#58; \\* \\ \\\\",
    "[^1] [ ] [x] [ref]: x",
    "```code``` ~~~more~~~",
    "=1+1 @here #tag %5 50% 'a' \"b\" {c} (d)",
    "营销活动 :营销: *活动*",
)
"""One line each; runs of blanks are one blank."""
