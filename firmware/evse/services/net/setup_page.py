"""The page of the Wi-Fi set-up: whole in itself, because there is no network yet."""

PAGE = """<!doctype html><html lang=en><meta charset=utf-8>
<meta name=viewport content="width=device-width,initial-scale=1"><title>Wi-Fi set-up</title><style>
:root{color-scheme:light dark}body{font:16px sans-serif;max-width:30em;margin:1em auto;padding:0 1em}
input,button{font:inherit;width:100%;margin:.2em 0 .8em;padding:.5em;box-sizing:border-box}
fieldset{border:0;padding:0;margin:0}#l label{display:block;padding:.4em 0}#l input{width:auto;margin:0 .6em 0 0}
</style><main><h1>Wi-Fi set-up</h1><p role=status id=m></p><form id=f><fieldset><legend>Network</legend>
<div id=l>looking ...</div></fieldset><button type=button id=s>Look again</button>
<label>Name of the network<input name=ssid maxlength=32 required autocapitalize=none autocorrect=off></label>
<label>Password<input name=password type=password maxlength=63></label>
<label>Time zone<input name=timezone maxlength=60></label><button>Join</button></form>
<button id=n>Run without Wi-Fi</button></main><script>
const d=document,say=t=>m.textContent=t,
post=async(p,o)=>{try{const a=await fetch(p,{method:'POST',headers:{'Content-Type':'application/json'},
body:JSON.stringify(o)}),j=await a.json();
if(p=='/save')say(j.error||j.done+' You can close this page; the displays tell how it goes.')
}catch(e){say('no answer: '+e)}},
draw=async()=>{try{const j=await(await fetch('/networks')).json();
if(j.problem&&!m.textContent)say('Not joined: '+j.problem);
l.textContent=j.scanning?'looking ...':j.networks.length?'':'none found';
for(const w of j.networks){const a=d.createElement('label'),i=d.createElement('input');
i.type='radio';i.name='choice';i.onchange=()=>{f.ssid.value=w.ssid;f.password.focus()};
a.append(i,w.ssid+' ('+w.rssi+' dBm'+(w.open?', open':'')+')');l.append(a)}
if(j.scanning)setTimeout(draw,1500)}catch(e){setTimeout(draw,2000)}};
f.timezone.value=Intl.DateTimeFormat().resolvedOptions().timeZone||'';
f.onsubmit=e=>{e.preventDefault();
post('/save',{ssid:f.ssid.value,password:f.password.value,timezone:f.timezone.value})};
s.onclick=async()=>{l.textContent='looking ...';await post('/scan',{});setTimeout(draw,3000)};
n.onclick=()=>confirm('Run without Wi-Fi?')&&post('/save',{ssid:'',without:true,timezone:f.timezone.value});
draw()</script>"""
