/**
 * The console's one stylesheet. Served under a name with its hash, so that a browser keeps it for good and the policy of
 * the pages needs no inline style. System fonts; light and dark; nothing moves; a phone first. Colour never stands alone:
 * what it says also stands in words or signs.
 */
import { sha256Hex } from '../../guard/chain.ts'

const LIGHT =
  '--bg:#f5f6f8;--card:#fff;--ink:#18212b;--soft:#55606d;--line:#dce1e7;--sunk:#f0f2f5;--link:#0b57a4;--act:#0b57a4;--on-act:#fff;--bad:#a8201a;--bad-bg:#fdecea;--bad-line:#efb9b5;--warn:#6d4700;--warn-bg:#fff5dc;--warn-line:#ecd08f;--good:#14663a;--good-bg:#e5f5ec;--info-bg:#e7f0fa;--bar:#5b8cc0'
const DARK =
  '--bg:#10151b;--card:#181f27;--ink:#e6ebf1;--soft:#a0acb9;--line:#2c3642;--sunk:#121820;--link:#86bdf7;--act:#2f7fd1;--on-act:#fff;--bad:#ff9d95;--bad-bg:#3a1a1b;--bad-line:#703333;--warn:#f0cf7c;--warn-bg:#30270f;--warn-line:#665225;--good:#86d9a8;--good-bg:#14301f;--info-bg:#162a40;--bar:#5b8cc0'

export const STYLE = `
:root{color-scheme:light dark;${LIGHT}}
@media(prefers-color-scheme:dark){:root{${DARK}}.primary{--act:#1f6fc0}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:anywhere}
h1,h2,h3,p,ul,ol,dl,dd,figure,blockquote,pre{margin:0}
h1{font-size:1.5rem;line-height:1.25;letter-spacing:-.01em}
h1.warn{color:var(--warn)}
h1.bad{color:var(--bad)}
h2{font-size:1.05rem;line-height:1.35}
h3{font-size:.95rem}
a{color:var(--link);text-underline-offset:.18em}
:focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:4px}
code,pre,.mono{font:.875em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
ul,ol{padding:0;list-style:none}
.skip{position:absolute;left:-999rem}
.skip:focus{left:1rem;top:.5rem;background:var(--card);padding:.5rem 1rem;z-index:1}
.top{background:var(--card);border-bottom:1px solid var(--line)}
.in{max-width:72rem;margin:0 auto;padding:0 1rem}
.who{display:flex;gap:.75rem;align-items:center;justify-content:space-between;padding:.6rem 0 0}
.brand{flex:none;overflow-wrap:normal;white-space:nowrap;display:flex;gap:.5rem;align-items:center;font-weight:650;color:var(--ink);text-decoration:none}
.brand svg{width:22px;height:22px;fill:var(--act)}
.me{display:flex;gap:.75rem;align-items:center;font-size:.875rem;color:var(--soft);min-width:0}
.me .inline,.me a{flex:none;overflow-wrap:normal}
.me span{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
nav ul{display:flex;flex-wrap:wrap;margin:0 -.6rem}
nav a{display:block;padding:.65rem .6rem .55rem;color:var(--soft);text-decoration:none;font-size:.95rem;border-bottom:3px solid transparent}
nav a:hover{color:var(--ink)}
nav a[aria-current]{color:var(--ink);font-weight:600;border-color:var(--act)}
main{padding:1.5rem 0 4rem;display:grid;gap:1.25rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:1rem 1.1rem;display:grid;gap:.75rem;align-content:start;min-width:0}
.stack{display:grid;gap:1.25rem;align-content:start;min-width:0}
.tight{display:grid;gap:.35rem;min-width:0}
.soft{color:var(--soft)}
.small{font-size:.875rem}
.row{display:flex;min-width:0;flex-wrap:wrap;gap:.4rem .75rem;align-items:center}
.spread{justify-content:space-between}
.badge{display:inline-block;padding:.1rem .6rem;border-radius:99px;font-size:.8125rem;font-weight:600;background:var(--sunk);color:var(--soft);border:1px solid var(--line);white-space:nowrap}
.badge.warn{background:var(--warn-bg);color:var(--warn);border-color:var(--warn-line)}
.badge.bad{background:var(--bad-bg);color:var(--bad);border-color:var(--bad-line)}
.badge.good{background:var(--good-bg);color:var(--good);border-color:transparent}
.badge.info{background:var(--info-bg);color:var(--link);border-color:transparent}
.note{border-radius:10px;padding:.75rem 1rem;border:1px solid var(--line);background:var(--card);display:grid;gap:.3rem;min-width:0}
.note.warn{background:var(--warn-bg);border-color:var(--warn-line)}
.note.warn strong{color:var(--warn)}
.note.bad{background:var(--bad-bg);border-color:var(--bad-line)}
.note.bad strong{color:var(--bad)}
.note.good{background:var(--good-bg);border-color:transparent}
.note.good strong{color:var(--good)}
.words{border-left:4px solid var(--line);padding:.1rem 0 .1rem 1rem;white-space:pre-wrap}
dl.facts{display:grid;grid-template-columns:auto 1fr;gap:.3rem 1rem;font-size:.925rem}
dl.facts dt{color:var(--soft)}
pre{white-space:pre-wrap;background:var(--sunk);border-radius:8px;padding:.6rem .75rem;font-size:.8125rem}
pre.diff{padding:.5rem 0}
.diff span,.diff ins,.diff del{display:block;padding:0 .75rem 0 3ch;text-indent:calc(-3ch + .75rem);text-decoration:none;min-height:1.5em}
.diff ins{background:var(--good-bg);color:var(--good)}
.diff del{background:var(--bad-bg);color:var(--bad)}
.diff .at{color:var(--link)}
.diff .file{font-weight:650}
form{display:grid;gap:.75rem}
form.inline{display:block}
fieldset{border:0;padding:0;margin:0;display:grid;gap:.75rem;min-width:0}
fieldset.tight{gap:.1rem}
legend{padding:0;font-weight:600}
label{display:grid;gap:.3rem;font-weight:600;font-size:.925rem}
label .soft,.pick{font-weight:400}
.pick{display:flex;gap:.6rem;align-items:center;min-height:2rem}
.pick input{width:1.15rem;height:1.15rem;margin:0;accent-color:var(--act)}
input,select,textarea,button{font:inherit;color:inherit}
input,select,textarea{font-weight:400;font-size:1rem}
input:not([type=radio]),select,textarea{width:100%;min-height:2.75rem;padding:.5rem .7rem;background:var(--card);border:1px solid var(--soft);border-radius:8px}
textarea{min-height:4.5rem;resize:vertical;display:block}
button{min-height:2.75rem;padding:.5rem 1.1rem;border-radius:8px;border:1px solid var(--soft);background:transparent;font-weight:600;cursor:pointer}
button.primary{background:var(--act);border-color:var(--act);color:var(--on-act)}
button.danger{background:#b3261e;border-color:#b3261e;color:#fff}
button.quiet{min-height:2.25rem;padding:.2rem .7rem;font-size:.875rem;font-weight:500;border-color:var(--line)}
button:hover{filter:brightness(1.08)}
[disabled],fieldset[disabled] *{cursor:not-allowed}
fieldset[disabled] button,fieldset[disabled] input,fieldset[disabled] textarea{background:var(--sunk);border-color:var(--line);color:var(--soft)}
.filter{display:flex;flex-wrap:wrap;gap:.75rem;align-items:end}
.filter label{flex:1 1 9rem;max-width:18rem}
.list>li+li,.steps>li+li{border-top:1px solid var(--line)}
.list>li{padding:.9rem 0}
.list>li:first-child,.steps>li:first-child{padding-top:0}
.list>li:last-child,.steps>li:last-child{padding-bottom:0}
.list h2 a{color:var(--ink);text-decoration:none}
.list h2 a:hover{text-decoration:underline}
.steps>li{padding:.55rem 0}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(8rem,1fr));gap:.75rem}
.figures>div{background:var(--sunk);border-radius:8px;padding:.6rem .8rem}
.figures .big{display:block;font-size:1.5rem;line-height:1.2}
svg.pods{display:block;max-width:100%;height:auto}
.keep{fill:var(--bar)}
.gone{fill:none;stroke:var(--bad);stroke-width:2}
.new{fill:var(--good)}
svg.causes{display:block;max-width:100%;height:auto}
.causes .box{fill:var(--sunk);stroke:var(--line)}
.causes .box.root{stroke-width:2.5;stroke:var(--soft)}
.causes .stripe{fill:var(--bar)}
.causes .stripe.critical{fill:var(--bad)}
.causes .stripe.warning{fill:var(--warn)}
.causes .edge{fill:none;stroke:var(--soft);stroke-width:1.5}
.causes .edge.further{stroke-dasharray:4 3}
.causes text{fill:var(--ink);font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
.causes .head{font-size:13px;font-weight:600}
.causes .sub{font-size:12px;fill:var(--soft)}
.causes a:focus-visible{outline:none}
.causes a:focus-visible .box{stroke:var(--link);stroke-width:3}
.causes a:hover .box{stroke:var(--link)}
h4{margin:0;font-size:.9rem}
.finding+.finding{border-top:1px solid var(--line);padding-top:.75rem;margin-top:.75rem}
.finding:target{outline:3px solid var(--link);outline-offset:6px;border-radius:4px}
.meter{display:block;width:100%;height:8px;border-radius:4px}
.meter .all{fill:var(--line)}
.meter .part{fill:var(--bar)}
.meter .part.low{fill:var(--bad)}
details summary{cursor:pointer;padding:.5rem 0}
details[open]>summary{font-weight:600}
.centre{max-width:26rem;margin:8vh auto 0;width:100%}
.plan{display:grid;gap:1.25rem;align-items:start}
@media(min-width:62rem){
.plan{grid-template-columns:minmax(0,1fr) 22rem}
.plan>aside{position:sticky;top:1rem}
.report>aside{order:1;position:static}
.cols{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:1.25rem;align-items:start}
}
`.replaceAll('\n', '')

/** Its path under /console. */
export const STYLE_PATH = `/style-${sha256Hex(STYLE).slice(0, 16)}.css`
