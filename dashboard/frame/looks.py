"""What Streamlit's theme has no option for."""

# Charts have downloads of their own, on white and with a title, so Streamlit's PNG button is hidden.
# Figures stand side by side in equal cards: five in a row, two on a phone. A link breaks where its
# text is long. On a phone the agenda is moved sideways in its card, so that titles can be read. Streamlit writes white
# on buttons of any colour, and code in captions too pale.
STYLE = """
<style>
[data-testid="stElementToolbarButton"]:has([aria-label^="Download as PNG"]) { display: none }
.st-key-figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: 0.75rem }
.st-key-figures > * { width: auto !important; min-width: 0 }
[data-testid="stMainBlockContainer"] { padding-top: 4.5rem }
.st-key-agenda { overflow-x: auto }
.st-key-agenda [data-testid="stFullScreenFrame"] { min-width: 46rem }
[data-testid="stPageLink-NavLink"] span { white-space: normal }
[data-testid="stPageLink-NavLink"] p { text-decoration: underline; text-underline-offset: 0.2em }
[data-testid^="stBaseButton-primary"] :is(p, kbd) { color: light-dark(#ffffff, #10151a); opacity: 1 }
[data-testid="stCaptionContainer"] code { color: inherit }
</style>
"""
