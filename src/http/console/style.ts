/** The console's one stylesheet: system fonts, light and dark, from a phone up. Served by itself, so that the policy of the pages allows no inline style. */
export const STYLE = `
:root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--ink:#1a2230;--soft:#5a6675;--line:#dde2e9;--accent:#1f5fbf;--ok:#1d6f42;--bad:#a82a2a;--warn:#8a5a00;--add:#e3f5e8;--del:#fde8e8;--addink:#12502d;--delink:#7d1f1f;--mark:#fff6dc}
@media (prefers-color-scheme:dark){:root{--bg:#12161d;--card:#1a202a;--ink:#e6eaf0;--soft:#9ba8b8;--line:#2e3744;--accent:#7fb0ff;--ok:#6fd69a;--bad:#ff9b93;--warn:#f0c063;--add:#15301f;--del:#3a1c1e;--addink:#a6e8bf;--delink:#ffbdb8;--mark:#33290f}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
a{color:var(--accent)}
a:focus-visible,button:focus-visible,input:focus-visible,textarea:focus-visible,select:focus-visible,summary:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.skip{position:absolute;left:-999px}.skip:focus{left:8px;top:8px;background:var(--card);padding:8px}
header{background:var(--card);border-bottom:1px solid var(--line)}
header>div{max-width:1080px;margin:auto;padding:12px 20px;display:flex;flex-wrap:wrap;gap:6px 22px;align-items:center}
header strong{font-size:1.05rem;letter-spacing:.01em}
nav{display:flex;flex-wrap:wrap;gap:4px 16px;flex:1}
nav a{text-decoration:none;padding:4px 0}nav a[aria-current]{font-weight:600;color:var(--ink);border-bottom:2px solid var(--accent)}
header form{display:flex;gap:10px;align-items:center;color:var(--soft)}
main{max-width:1080px;margin:auto;padding:22px 20px 60px}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 4px;overflow-wrap:anywhere}
h2{font-size:1.05rem;margin:0 0 10px}
p{margin:0 0 10px}.soft{color:var(--soft)}.small{font-size:.9rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:18px 20px;margin:16px 0;overflow-wrap:anywhere}
.words{border-left:4px solid var(--warn);background:var(--mark)}
.alert{border-left:4px solid var(--bad)}.good{border-left:4px solid var(--ok)}
.tag{display:inline-block;border:1px solid currentColor;border-radius:99px;padding:1px 10px;font-size:.85rem;font-weight:600;white-space:nowrap}
.tag.ok{color:var(--ok)}.tag.bad{color:var(--bad)}.tag.warn{color:var(--warn)}.tag.info{color:var(--accent)}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:8px 10px 8px 0;border-bottom:1px solid var(--line);vertical-align:top}
th{font-size:.85rem;color:var(--soft);font-weight:600}
.scroll{overflow-x:auto}
pre{margin:0;font:13px/1.55 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;white-space:pre;overflow-x:auto}
pre span{display:block;padding:0 8px}pre .a{background:var(--add);color:var(--addink)}pre .d{background:var(--del);color:var(--delink)}pre .h{color:var(--soft)}
code{font:0.92em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
dl{display:grid;grid-template-columns:minmax(110px,max-content) 1fr;gap:6px 18px;margin:0}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
form.stack{display:grid;gap:12px;max-width:520px}
label{display:grid;gap:4px;font-weight:600}label small{font-weight:400;color:var(--soft)}
input,textarea,select{font:inherit;color:inherit;background:var(--bg);border:1px solid var(--soft);border-radius:7px;padding:9px 11px;width:100%}
button{font:inherit;font-weight:600;border:1px solid var(--accent);background:var(--card);color:var(--accent);border-radius:7px;padding:9px 18px;cursor:pointer;justify-self:start}
button.primary{background:var(--accent);color:var(--card)}button.danger{border-color:var(--bad);color:var(--bad)}
button.link{border:0;padding:4px 0;background:none}
.row{display:flex;flex-wrap:wrap;gap:8px 12px;align-items:center}
.two{display:grid;gap:16px}@media (min-width:760px){.two{grid-template-columns:1fr 1fr}.two .card{margin:0}}
svg{max-width:100%;height:auto}svg text{fill:var(--ink);font:13px system-ui,sans-serif}svg .track{fill:var(--line)}svg .hit{fill:var(--bad)}svg .keep{fill:var(--ok)}
summary{cursor:pointer;font-weight:600}
ul{margin:0;padding-left:20px}
meter{width:100%;height:12px}
@media (max-width:600px){th,td{padding-right:8px}main{padding:16px 14px 50px}.card{padding:14px}dl{grid-template-columns:1fr;gap:0 0}dd{margin-bottom:8px}}
`
