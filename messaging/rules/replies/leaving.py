"""Leave me alone, let me back in, help, wrong number: what concerns the number and not a visit.

A carrier's own words count only alone; a free sentence counts when it plainly tells us to stop writing. Source:
Twilio's default keywords; 47 CFR 64.1200(a)(10), revocation by any reasonable means.
"""

import re

COURTESY = (
    r"(?:please|thanks|thank you(?: so much| very much)?|sorry|hi|hello|hey|good (?:morning|afternoon|evening)"
    r"|so much|now|ok|"
    r"por favor|gracias|hola|buenos dias|buenas tardes|buenas|perdon|lo siento|disculpe|ya|porfa|porfavor|favor)"
)
STOP = re.compile(
    rf"(?:{COURTESY} )*(?:(?:text|txt|reply|send|type) stop|stop(?: all| it| now| this| that| these| them)?"
    rf"|stopall|stop stop(?: stop)*|unsubscribe(?: me)?|end|quit|revoke|opt ?out|opt me out"
    rf"|alto|parar|pare|paren|deten(?:er|gan|ga)?|basta|baja|darme de baja|dar de baja|denme de baja"
    rf"|deme de baja|desuscribir(?:me)?|"
    rf"anular suscripcion|cancelar suscripcion|remove|remove me|delete me|salir|no mas)(?: {COURTESY})*"
)
STOPS = frozenset(("stop", "unsubscribe", "stopall"))  # as one clause of several
CANCEL_WORD = re.compile(r"cancel")
START = re.compile(rf"(?:{COURTESY} )*(?:start|unstop|opt ?in)(?: {COURTESY})*")
YES_WORD = "yes"
BACK_IN = re.compile(
    r"(?:please )?(?:start|resume|begin|restart|turn on|re ?subscribe)(?: (?:me|sending|texting|texts?"
    r"|messages?|reminders?|again|my|the|back|to|please|up|on|getting|receiving))*"
    r"|(?:please )?(?:opt|sign|add|put|subscribe) me (?:back )?(?:in|up|on)?(?: (?:again|please|to|for|the"
    r"|texts?|reminders?|list|messages?))*|subscribe|resubscribe"
    r"|(?:you can |please )?text me again(?: please)?|i want (?:to get |to receive |the |my )*(?:texts|messages"
    r"|reminders)(?: again| back)?"
    r"|(?:por favor )?(?:alta|iniciar|empezar|comenzar|reanudar|inicio|reactivar|suscribir(?:me)?)(?: (?:los"
    r"|mis|de nuevo|otra vez|mensajes|recordatorios|por favor))*"
    r"|quiero (?:volver a )?recibir (?:los |sus |mis )?(?:mensajes|recordatorios)(?: de nuevo| otra vez)?"
)
HELP = re.compile(
    rf"(?:{COURTESY} )*(?:help|info|ayuda|informacion|more info|get help|help info)(?: {COURTESY})*"
)

_TEXTS = (
    r"(?:texts?|texting|messages?|messaging|msgs?|reminders?|contact(?:ing)?|sms|notifications?|alerts?|spam\w*"
    r"|calls?|calling|writing|bothering|emailing|"
    r"bugging|harassing|sending)"
)
_ME = (
    r"(?:me|us|him|her|this (?:number|phone|cell)|my (?:number|phone|cell|son|daughter|mom|husband|wife|kid)"
    r"|here|this line|anymore|again|the (?:texts|messages|reminders))"
)
LEAVE = re.compile(
    r"\b(?:"
    rf"(?:stop|quit|cease|discontinue|halt|enough)(?: (?:all|with|w|the|these|those|any|your|my|sending|getting"
    rf"|of|receiving|those damn|damn|fucking|automated|annoying|constant))* {_TEXTS}(?! by\b)"
    rf"|(?:do not|dont|never|no longer|please not|not to|cant you not)(?: (?:ever|want you to|you dare|you ever"
    rf"|need you to|you|to|want to be))* (?:text|texted|message|contact|contacted|call|msg|write|write to|email"
    rf"|bother|send|sms) (?:to |at )?(?:{_ME}|any(?:thing|more)?|more|them|texts?|messages?|these|reminders?)"
    rf"|(?:do not|dont|no longer|never|wouldnt)(?: \w+)? (?:want|wish|need|like|care|consent|agree"
    rf"|authorize)(?: for| to)?(?: (?:any|to|receive|get|be|getting|receiving|your|these|more|the|this|you"
    rf"|those|keep|have|see|hear|get any|these|automated|sent|to be))* {_TEXTS}(?: by text)?(?! (?:before|after"
    rf"|until|at|in the morning))"
    rf"|no (?:more|mas)(?: (?:of|these|those|your|the|automated|annoying|damn))* {_TEXTS}|no texts?(?: please"
    rf"| messages)?$|no text messages|not interested in (?:these |your |any |getting |receiving )*{_TEXTS}"
    r"|(?:remove|delete|erase|take|drop|scrub|unsubscribe|opt) (?:me|us|my (?:number|phone|cell|info|name"
    r"|phone number|cell number)|this (?:number|phone|cell)|the number)(?: (?:number|phone))?(?: (?:off|out"
    r"|from|of|please|now|asap))*(?: (?:your|this|the|these|all|any|text|texting|messages?|list|lists|system"
    r"|database|contacts?|texts|reminders?|please|now|immediately|sms))*$"
    r"|get me off (?:this|your|the)|to be (?:removed|taken off|deleted)|(?:want|need|like|have) (?:these|the"
    r"|your|those) (?:texts?|messages?|reminders?) (?:to )?(?:stop|end|stopped)|stop them"
    r"|no quiero recibir nada|no me (?:manden|envien|escriban) nada|^(?:please )?(?:do not|dont) (?:text|call"
    r"|message|contact)$|(?:remove"
    r"|take) (?:me|my (?:number|name|phone)|this number) (?:off|from|out)(?! (?:of )?(?:for|on|at|today|tomorrow"
    r"|this \w+day|(?:the|your) (?:schedule|calendar|books?)|(?:mon|tues|wednes|thurs|fri|satur|sun)day))"
    r"|(?:no longer|dont|do not) (?:want|wish|care|like|need) (?:to )?(?:receive|get|be getting|keep getting)"
    r" (?:these|them|this|those|any)(?: anymore| any more)?$|lose (?:my|this) number|(?:leave me"
    r"|leave us) (?:the hell |the fuck |tf )?alone|unsubscribe|opt(?:ing)? (?:me )?out\b(?! of (?:the"
    r"|my) (?:group|session|insurance|class|study))|opt out of (?:texts?|messages?|reminders?|these|all|sms)"
    r"|(?:revoke|withdraw|withdrawing|revoking|take back) (?:my )?(?:consent|permission)|(?:cancel|end|stop"
    r"|turn off|disable|deactivate|shut off|cut off|discontinue) (?:my |the |these |all |all the |your |text "
    r"|sms )*(?:texts|text messages|messages|reminders?|notifications?|alerts?|subscription|text reminders?"
    r"|text alerts?|texting)"
    r"|(?:i )?do not consent|(?:f|fuck|screw|piss|buzz) off|go away$|enough (?:already|with the)|how (?:do|can"
    r"|to) i? ?(?:stop|unsubscribe|opt out|turn off|get off)(?: (?:of|from))?(?: (?:these|the|this|your|getting"
    r"|receiving))*(?: (?:texts?|messages?|reminders?|list|notifications?|texting))?$"
    r"|stop (?:this|it|that) (?:now|please|already|shit)|make (?:it|them|these(?: \w+)?) stop|quit it"
    # Spanish
    r"|no (?:me |nos |le |lo |la )?(?:vuelva[n]? a |quiero que me |siga[n]? )?(?:escriba[ns]?|mande[ns]?"
    r"|envie[ns]?|contacte[ns]?|moleste[ns]?|texte\w*|llame[ns]?|escribas|mandes|envies|escribiendo|mandando"
    r"|enviando|molestando|contactando|manda|envia|escribir|mandar|enviar|molestar|contactar)(?: (?:mas|nada"
    r"|mensajes?|textos?|recordatorios?|por favor|nunca|otra vez|de nuevo|a este numero|ya|estos|esos|sms"
    r"|tantos))*(?! (?:antes|despues|la direccion|el link|el enlace))"
    r"|(?:dejen?|dejes|deje|dejar|paren|pare|para|parar|basta|cesen|eviten?) (?:ya )?(?:de |con (?:los |tantos "
    r"|sus )?)(?:escribir\w*|mandar\w*|enviar\w*|molestar\w*|contactar\w*|textear\w*|llamar\w*|mensajes|textos"
    r"|recordatorios)"
    r"|no (?:quiero|deseo|necesito|me interesa)(?: ya| mas)?(?: (?:recibir|que me (?:manden|envien|escriban"
    r"|contacten|lleguen|llamen)|estos|sus|mas|los|esos|seguir|recibiendo|tener|de|sus))* (?:mas )?(?:mensajes"
    r"|mensajitos|textos|recordatorios|sms|notificaciones|avisos)"
    r"|(?:no mas|ya no mas|basta de|ya no mas de|ni un) (?:mensajes?|textos?|recordatorios?|sms|avisos)"
    r"|(?:quiten|quitenme|quiteme|quita|eliminen|eliminenme|elimine|borren|borrenme|borre|saquen|saquenme"
    r"|saqueme|remuevan|remuevanme|bajenme|denme de baja|deme de baja|dar(?:me)? de baja|sacarme|borrarme"
    r"|eliminarme|quitarme) ?(?:me|mi|este|de|el|su)?(?: (?:numero|lista|de|la|su|sus|mi|este|esta|sistema"
    r"|telefono|contactos|por favor))*$"
    r"|(?:quiten?(?:me)?|quita|saquen(?:me)?|eliminen?(?:me)?|borren(?:me)?|quiteme|saqueme|borreme"
    r"|eliminar) (?:mi numero|este numero|de (?:la|su|esta) lista)|(?:dejenme|dejeme|dejame) (?:en paz"
    r"|tranquil[oa])|(?:cancelar|anular|terminar|detener|parar|desactivar)(?: (?:la|los|mi|las|estos|sus|mis"
    r"|de))* (?:suscripcion|mensajes|recordatorios|textos|notificaciones|avisos)|retiro mi consentimiento"
    r"|darme de baja|quiero (?:la )?baja|no autorizo|no doy (?:mi )?(?:consentimiento|permiso)"
    r")\b"
)
# Sentences that only look like it.
STAY = re.compile(
    r"\b(?:(?:dont|do not|never|please dont|not|no need to|didnt|didnt mean to|wont|cant|did you|why did you"
    r"|when did you|why did the|did the|if you|should i|accidentally) (?:ever )?(?:stop|unsubscribe|opt out"
    r"|quit|remove|cancel)\w*(?: (?:me|the|texting|texts|sending|my|subscription|reminders?|messages))*"
    r"|(?:texts?|messages?|reminders?)(?: \w+)? (?:stopped|have stopped)|stopped (?:getting|receiving|sending)"
    r"|non ?stop|bus stop|next stop|stop(?:ping|ped)? (?:by|in|over|at|for|taking|my|seeing|therapy|crying"
    r"|laughing|coughing|sneezing|worrying|thinking|throwing|vomiting|bleeding)"
    r"|(?:text|message|call|contact) me (?:at|on|if|when|before|later|back|instead|anytime|any time|tomorrow"
    r"|today)(?! anymore| again)"
    r"|(?:off|from|out)(?: of)?(?: the| your| ur| this)? wait(?:ing)? ?list|de (?:la|su) lista de espera"
    r"|no (?:deje[ns]?|paren?|dejes) de (?:mandar\w*|enviar\w*|escribir\w*)"
    r"|no me (?:mandaron|llego|enviaron|han (?:mandado|enviado)|llamaron|escribieron|avisaron)|no me (?:manden"
    r"|envien|mande|envie) (?:la|el|al) (?:factura|cuenta|link|correo|recibo))\b"
)
DO_TEXT = re.compile(r"(?:text|message|call|contact) me (?:if|when|at|on|back|before|later|instead)")

WRONG = re.compile(
    r"\b(?:"
    r"wrong (?:numbers?|person|phone|contact|guy|girl|man|woman|cell|people|nbr|recipient|family|client"
    r"|patient)|(?:have|got|texted|texting|reached|messaged|called) the wrong(?! (?:time|date|day|appointment"
    r"|name|email|address|doctor|provider|info\\w*|insurance|link|location|office|month|year|hour))"
    r"|(?:doesnt|does not|no longer) belongs? to (?:her|him|them|that|this|me|\w+)$|no (?:idea|clue) who (?:you|u"
    r"|this|that|the)\b|incorrect number|not the (?:right|correct) (?:number|person)|mistaken number|number is (?:wrong"
    r"|incorrect)"
    r"|(?:this|thats|that|it) (?:is not|isnt|is no longer|isn t|aint|s not|was)(?: (?:the|my|his|her|their"
    r"|a))*(?: old| longer| \w+s?)? (?:number|phone|cell)(?: anymore)?(?! (?:for (?:cancel|resched)\w*"
    r"|to call))|(?:no longer|not|isnt) (?:\w+ )?(?:my|his|her|their|\w+s) (?:number|phone"
    r"|cell)(?: number)?(?: anymore)?|not my (?:number|phone)|(?:got|have|had) (?:a )?new (?:number"
    r"|phone number|phone)(?: number)?(?: recently)? (?:who|whos|so|and who|and dont)|new phone who\w*|(?:just"
    r"|recently) got this (?:number|phone)|this (?:number|phone) (?:used to|belongs to|belonged to|is now"
    r"|has been reassigned|was reassigned|isnt|is not|now belongs|changed)|changed (?:his|her"
    r"|their) (?:phone )?number|(?:doesnt|does not|no longer) (?:have|has|use[sd]?|own|owns) this (?:number"
    r"|phone)|number was reassigned|reassigned number"
    r"|(?:no ?one|nobody|no person|there is no|theres no|no) (?:(?:here|by|named|called|with|at|one|of"
    r"|this)\s?)*(?:that name|here by|here named|here called|by the name|of that name|named \w+ (?:here|at)"
    r"|this number named|\w+ here|\w+ at this number|\w+ lives here)"
    r"|(?:dont|do not|doesnt|never|didnt)(?: even)? (?:know|heard of|hear of|recognize|recognise|have"
    r"|live) (?:any(?:one|body)? (?:named|called|by that name|with that name|by the name)|any [a-z]+$"
    r"|who (?:this|you|that)|you(?: are| is)?$|this (?:number|person|practice|place|office|company|is)|who u"
    r"|(?:a|an) (?:\w+ )?(?:by that name|named)|this \w+ person|that person|here anymore|a \w+ here"
    r"|what (?:company|office|practice|number))"
    r"|(?:i am|im|i m|this is|its|thats|you have|it is|my name is|my names|my name) (?:not|isnt|isn t"
    r"|no longer)(?: (?:a|an|the|your|this|for))* (?:patient|client|customer|\w+ (?:patient|client)"
    r"|person youre looking for|person you(?: are)? (?:looking|trying|want)|right person|who you think"
    r"|intended)|(?:not|never been|never was) (?:a |your )?(?:patient|client|customer)\b|never (?:been|went"
    r"|gone) (?:to|there)(?: your)?(?: (?:practice|office|clinic|place))?|not who you(?:re| are)? (?:think"
    r"|looking|trying)"
    r"|who(?:s| is| are|re| r| dis| the (?:hell|fuck|heck) (?:is|are|r)| even is| tf is| exactly is"
    r"| am i)? (?:this|dis|that|you|ths|it|texting(?: me)?|i (?:talking|speaking|texting) (?:to"
    r"|with))(?: person| number| texting(?: me)?| is(?: this)?| please| and (?:how|why|what)\b.*| sorry| from"
    r"| again| messaging(?: me)?| contacting me| really| thanks| calling| plz| sent by| im talking to| guys"
    r"| people)*$"
    r"|who (?:this|dis|dat|u|r u|are you|is texting(?: me)?|r you|is it)$|whos this|who s this|who dis"
    r"|who texted me|who sent (?:me )?this|what(?:s| is) this (?:number|about)?$|what(?:s| is) this regarding"
    r"|do i know you|how did you get (?:my|this) number|where did you get (?:my|this) number"
    r"|are you sure you have the right (?:number|person)|i think you (?:have|want|meant|got|texted"
    r"|are looking for) (?:the |an)?\w* ?(?:wrong|other|different|another|someone else|somebody else)"
    r"|(?:looking for|meant for|intended for|must be for|think this is for|this is for) (?:someone|somebody"
    r"|a different person|another person) ?(?:else)?|someone elses (?:number|phone|appointment|reminder|text)"
    r"|you(?:ve| have)? (?:must have )?(?:misdialed|mistexted|dialed wrong)|mistaken identity|(?:text|message"
    r"|msg|this|that|reminder)(?: is| was|s)? not for me\b"
    r"|(?:dont|do not) think (?:this|that|these)(?: \w+)? (?:is|are|was|were) for me\b|(?:dont|do not|never) (?:know"
    r"|heard of) (?:what )?(?:stillwater|riverside|your (?:office|practice|company))|don t know who"
    # Spanish
    r"|(?:numero|persona|telefono|celular) (?:equivocad[oa]|incorrect[oa]|erroneo|erronea)"
    r"|equivocad[oa]s? de (?:numero|persona|telefono)|se (?:equivoco|equivocaron|ha equivocado|han equivocado"
    r"|equivoca)|te equivocaste|(?:usted|ustedes|tu"
    r"|creo que)? ?(?<!hora )(?<!fecha )(?<!direccion )(?<!cita )(?<!dia )(?:esta|estan|estas) equivocad[oa]s?"
    r"|^equivocad[oa]s?$|quien(?:es)? (?:es|eres|son|habla|me (?:escribe|habla|manda|mando|escribio)|escribe"
    r"|manda esto|me esta escribiendo|es usted|es este|es esta|sos|me texteo)(?: (?:usted|ustedes|este|esta"
    r"|esto|tu|numero|persona|de este numero|por favor|y (?:como|por que|que).*|disculpe|perdon))*$"
    r"|de parte de quien|con quien hablo|no (?:se|reconozco|conozco) (?:quien (?:es|eres|son|habla)|este numero"
    r"|a (?:nadie|ningun\w*|ese|esa|esta|este|\w+)|ese (?:nombre|numero)|esa persona|quienes son|ese)\b|(?:este"
    r"|ese) (?:no es|ya no es|numero no es|numero ya no es|numero es de|telefono no es|no es mi|ya no es mi"
    r"|numero no pertenece|celular no es|numero pertenece)(?: \w+){0,5}|no soy (?:esa persona|la persona"
    r"|el paciente|la paciente|paciente|cliente|quien (?:busca|cree|buscan)\w*|su (?:paciente|cliente)"
    r"|el que (?:busca|buscan)|la que (?:busca|buscan)|yo)|(?:aqui|aca) no (?:vive|hay|es|esta|conozco"
    r"|trabaja)(?: \w+){0,4}|no hay (?:nadie|ningun\w*) (?:con ese nombre|llamad[oa]|aqui|de nombre"
    r"|que se llame)(?: \w+)*|no (?:vive|es) aqui|cambio de numero|ya no tiene este numero|este ya no es"
    r"|como (?:consiguio|consiguieron|obtuvo|obtuvieron|tienen|tiene|saben|supo) mi numero|numero nuevo quien"
    r")"
)
# "I'm not Maria": somebody denies being who we wrote to; at the end, so that "I'm not sure" is none.
NOT_THEM = re.compile(
    r"^(?:(?:sorry|hi|hello|no|um|hey|perdon|disculpe|hola) )*(?:(?:im|i am|this is|this isnt|i m|its) (?:not )"
    r"|this isnt |thats not me|not )(?P<name>[a-z]+)(?: [a-z]+)?$"
    r"|^(?:(?:perdon|disculpe|hola|no) )*(?:yo )?(?:no soy|est[ae] no es|no es) (?P<nombre>[a-z]+)(?: [a-z]+)?$"
    r"|^no (?:conozco|se quien es) (?:a )?(?:ningun\w* )?[a-z]+$"
)
NO_NAMES = frozenset(
    [
        "sure",
        "coming",
        "going",
        "able",
        "free",
        "available",
        "there",
        "ready",
        "well",
        "feeling",
        "happy",
        "here",
        "late",
        "done",
        "good",
        "okay",
        "ok",
        "home",
        "in",
        "yet",
        "gonna",
        "attending",
        "interested",
        "sick",
        "working",
        "today",
        "tomorrow",
        "now",
        "a",
        "an",
        "the",
        "my",
        "really",
        "so",
        "too",
        "that",
        "possible",
        "it",
        "for",
        "able",
        "me",
        "right",
        "great",
        "fair",
        "yes",
        "confirmed",
        "cancelling",
        "canceling",
        "cancelled",
        "bad",
        "going",
        "doing",
        "making",
        "getting",
        "having",
        "allowed",
        "supposed",
        "seguro",
        "segura",
        "bueno",
        "buena",
        "a",
        "de",
        "el",
        "la",
        "yo",
        "better",
        "hungry",
        "mad",
        "angry",
        "awake",
        "driving",
        "comfortable",
        "alone",
        "scheduled",
        "at",
        "on",
        "with",
        "from",
        "up",
        "out",
        "back",
        "until",
        "till",
        "this",
    ]
)


def denies_name(words: str, original: str) -> bool:
    found = NOT_THEM.match(words)
    if found is None:
        return False
    name = found["name"] or found["nombre"]
    if name is None:
        return True
    return name not in NO_NAMES and re.search(rf"\b{name[0].upper()}", original) is not None
