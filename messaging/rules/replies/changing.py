"""What takes a visit away or elsewhere: not coming, cancelling, another time; and what only sounds like it."""

import re

from messaging.rules.replies.cleaning import NO_MARK
from messaging.rules.replies.meaning import DAYS, VISITS

_CANT = (
    r"(?:cant|can not|wont be able to|will not be able to|would not be able to|not be able to|wont|will not"
    r"|wouldnt|unable to|not able to|arent able to|isnt able to|not going to|not gonna|wont be able to"
    r"|not going to be able to|not gonna be able to|cant possibly|will be unable to|am unable to"
    r"|no longer able to|cant be able to|aint gonna|arent going to|isnt going to|can no longer|wont get to"
    r"|will no longer be able to)"
)
_AFTER = (
    rf"(?=$| (?:{DAYS}|because|since|as|due|im|i|my|we|our|the (?:kids|car|baby|school|roads?)|sorry|thanks"
    rf"|thank|please|anymore|any more|after all|so|he|she|hes|shes|they|its|there|something|work|to (?:my|the"
    rf"|our|this|your|his|her) (?:appointment|session|visit|meeting)|for (?:my|the|our|this|his"
    rf"|her) (?:appointment|session|visit)|too|either|unfortunately|apologies|got|have|had|having|feeling|sick"
    rf"|stuck|not|with|bad|family|{NO_MARK}|sadmark|hope|tell|right now|just|until further)\b)"
)
NOT_COMING = re.compile(
    rf"\b{_CANT} (?:actually |even |now |really )?(?:make it in|make it|come in|come|attend|be there|be here|go"
    rf"|make (?:my|the|our|this|that|todays|tomorrows|his|her) (?:appointment|session|visit|meeting)|show up"
    rf"|get there|keep (?:my|the|our|this) (?:appointment|session|visit)|make todays|make tomorrows"
    rf"|be coming(?: in)?|be attending|be in|make this appointment|attend (?:my|the|our|this|todays|his"
    rf"|her) (?:appointment|session|visit)|come to (?:my|the|our) (?:appointment|session|visit)){_AFTER}"
    rf"|\b(?:not|isnt|arent|aint|wont be) (?:coming in|coming|attending|going to come|gonna come|gonna make it"
    rf"|going to make it|able to make it|able to come|able to attend){_AFTER}"
)
REQUEST = (
    r"(?:(?:id|i would|we would|i|we|she|he|they|please|pls|can you|could you|would you|can you please"
    r"|could you please|go ahead and|just|will you|ill|i will|lets|so|well|yes|hes|shes|im|and|unfortunately"
    r"|actually|sorry|have to|need to|needs to|want to|wants to|like to|going to|gonna|gotta|got to|must|wanna"
    r"|has to|hafta|unfortunately|"
    r"i need you to|hoping to|wish to|wishing to|calling to|texting to|writing to|looking to|trying to|then"
    r"|go on and|kindly|you can|you may|feel free to|had to|will need to|will have to|ill have to|ill need to"
    r"|well need to|well have to|am|are|do|but|please do|decided to|forced to|better|hi|hello|hey|good morning"
    r"|good afternoon|no|that|to|needing to|i just|really|unfortunately)\s)*"
)
CANCEL_IT = re.compile(
    rf"^{REQUEST}(?:cancel|cancell?ing)(?:\s(?:{VISITS}))?(?=$|\s(?:{DAYS}|because|since|as|due|im|i"
    rf"|my|we|our|sorry|thanks"
    rf"|thank|please|for|on|at|so|and|with|too|asap|hes|shes|something|he|she|the|{NO_MARK}|unfortunately"
    rf"|with (?:dr|doctor))\b)"
)
NEEDS_CANCEL = re.compile(
    rf"\b(?:need|needs|have|has|want|wants|like|gotta|must|forced|decided|wanted|wish"
    rf"|going) (?:to )?cancel(?:\s(?:{VISITS}))?(?=$|\s(?:{DAYS}|because|since|as|due|im|i|my|we|our|sorry"
    rf"|thanks|thank|please|for|on|at|so|and|with|too|asap|hes|shes|something|he|she|the|{NO_MARK}"
    rf"|unfortunately)\b)"
)
CANCEL_ES = re.compile(
    r"\b(?:(?:quiero|quisiera|necesito|tengo que|voy a|debo|favor de|por favor|puede[ns]?|podria[ns]?"
    r"|me gustaria|hay que|deseo|tendre que|vamos a|tenemos que|queremos|necesitamos|solo|para|le pido|pueden?"
    r"|podemos|puedes|quiere|necesita|tiene que|desea)\s)*"
    r"(?:cancel(?:ar|arla|arlo|e|en|a|ela|enla|ala|armela|o|aremos|are|eme|enme|ame|amos)|anul(?:ar|arla|e|en|a"
    r"|ela))(?:\s(?:la|mi|esta|esa|nuestra|su|de|cita|sesion|visita|consulta|turno|por favor|todo))*(?=$"
    r"|\s(?:de|hoy|manana|porque|ya|por|para|el|del|que|estoy|tengo|me|lo|gracias|favor|disculpe|mi|la|pues"
    r"|ahora|no|a|esta|con|surgio|salio|se|perdon|si)\b)"
)
NOT_COMING_ES = re.compile(
    r"\bno (?:(?:voy a|vamos a|va a|van a|ya) )?(?:puedo|podre|podremos|poder|podemos|puede|podra|podran|pueden"
    r"|pude|podria|alcanzo a|alcanzare a|logro|voy a|vamos a|va a|creo poder)(?: (?:ir|asistir|llegar|venir"
    r"|acudir|estar(?: ahi| alli| presente)?|presentarme|llevarl[ao]))(?=$| (?:a (?:la|mi|nuestra|su"
    r"|esta) (?:cita|sesion|visita|consulta)|hoy|manana|el|este|esta|porque|por|ya|estoy|tengo|me|lo|gracias"
    r"|disculp\w+|perdon|mi|para|ni|pues|que|debido|hasta nuevo|en la (?:tarde|manana)|al|tampoco|a la|nos"
    r"|surgio|salio|se|su|por favor|sadmark)\b)"
    r"|\b(?:hoy |manana |ya |yo |entonces |pues |mejor |el |ella |el lunes |el martes |el miercoles |el jueves "
    r"|el viernes )?no (?:voy|vamos|ire|iremos|asistire|asistiremos|ira|asistira|estare|llegare|llego|vengo|va"
    r"|acudire|asisto|llegamos)(?: (?:a (?:ir|poder|asistir)|ir|asistir|a poder ir|a poder asistir"
    r"|a poder llegar))*(?=$| (?:a (?:la|mi|nuestra|su|esta) (?:cita|sesion|visita|consulta)|hoy|manana|el|esta"
    r"|porque|por|ya|estoy|tengo|me|lo|gracias|disculp\w+|perdon|mi|pues|que|tampoco|surgio|salio|se"
    r"|por favor)\b)"
    r"|\b(?:imposible|me es imposible|se me hace imposible|me sera imposible) (?:ir|asistir|llegar|acudir)\b"
)
NO_LONGER = re.compile(
    r"\b(?:no longer|dont|do not|wont|doesnt) (?:be )?(?:need(?:ing|ed)?|needs|require|want|wanting"
    r"|wants) (?:the|my|this|that|an|our|todays|tomorrows|his|her) (?:appointment|session|visit"
    r"|slot)(?: anymore)?\b|(?:ya )?no (?:necesito|quiero|requiero) (?:la|mi|esta|esa) (?:cita|sesion|visita"
    r"|consulta)\b"
)
# Talks of cancelling without asking for it, or about something else.
CANCEL_TALK = re.compile(r"\b(?:cancel\w*|anul\w*)\b")
# Told of, not asked for.
TOLD_CANCEL = re.compile(
    r"\bcancel(?:led|ed|s|ling|ing|lation|ation|lations|ations|acion)\b|\bcancelad[oa]s?\b|\bcancelaron\b"
    r"|\bcancelacion(?:es)?\b"
)
NOT_CANCEL = re.compile(
    r"\bno (?:(?:me|la|lo|le|se) )?cancel(?:ar|e|en|es|o|an|amos|aria)?\b|\b(?:dont|do not|not|never|no need to"
    r"|didnt|did not|wont|without|rather not|instead of|havent|wasnt|isnt|not going to|not gonna|cant|shouldnt"
    r"|hate to|dont want to|dont have to|doesnt|please dont|wouldnt|nor|no (?:me|la|lo|le|quiero|voy a|necesito"
    r"|puedo|se|vayan a|vaya a))(?: (?:want to|need to|have to|going to|gonna|you|ever|me|please|plan to"
    r"|mean to|intend to|la|lo|a|be|go and|yet|think i|i|wish to|trying to|to))* (?:cancel\w*|anul\w*)\b"
)
OTHER_THING = re.compile(
    r"\b(?:other (?:appointment|one|visit|session)|otra (?:cita|sesion)|all (?:of )?(?:my|the|our|future)"
    r"|todas (?:mis|las)|everything|future|remaining|rest of|series|both|card|credit|insurance|seguro|tarjeta"
    r"|flight|vuelo|subscription|payment|pago|order|invoice|next (?:weeks?|months?)|following|proxima|siguiente"
    r"|"
    r"group|grupo|refill|prescription|receta|intake|sons|daughters|husbands|wifes|moms|not (?:todays?"
    r"|tomorrows?|this|the|for|on|mine)|hotel|trip|plans|dinner|gym|membership|account|portal|autopay|medicaid"
    r"|medicare|the school|school was|class|fee|charged?|policy|penalty|cargo|multa|cobr\w+)\b"
)
LATE = re.compile(
    r"\b(?:late|running|behind|delayed|stuck in|traffic|trafico|(?:llego|llegar|llegare|voy|vamos|llegamos|ir"
    r"|poco|algo)(?: \w+){0,3} tarde|retras\w*|atras\w*|demor\w*|eta|min(?:s|utes?|utos?)?|early|temprano"
    r"|llego en|be there in|almost there|parking|parked|here now|outside|afuera|waiting room|lobby)\b"
)
WAY = re.compile(
    r"\b(?:telehealth|tele health|video|virtual\w*|zoom|online|on line|by phone|over the phone|phone (?:call"
    r"|session|appointment|visit)|in person|remote\w*|facetime|en linea|por telefono|videollamada|video llamada"
    r"|en persona|presencial|link|enlace|call in|phone instead)\b"
)
_NEWTIME = (
    r"(?:(?:a |an |another |any |some |the |next |other )*(?:different|other|another|later|earlier|new|better"
    r"|sooner) (?:time|day|date|slot|week|hour|appointment|session|opening)s?|another (?:one|time|day|date)"
    r"|some other (?:time|day)|other (?:times|days|dates|openings|slots|options)|(?:at |on |for |to |in "
    r"|@ )*(?:\d{1,2}(?: ?\d\d)?(?: ?(?:am|pm|ish))?(?! min)|next (?:week|month|mon|tue|wed|thu|fri|sat|sun"
    r"|one)\w*|(?:mon|tues?|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?|tomorrow"
    r"|later(?: in the (?:day|week)| today| this week| on| that day)?|earlier(?: in the (?:day|week)| today"
    r"| that day)?|sooner|(?:the |in the )?(?:morning|afternoon|evening)|noon|a (?:different|later|earlier"
    r"|new) \w+|this (?:week|friday|thursday|wednesday|monday|tuesday)|the week after|the (?:following"
    r"|next) (?:day|week)|\d{1,2}th))"
)
ONLY_TIME = re.compile(_NEWTIME)
MOVE = re.compile(
    rf"\b(?:^r$|^move$|^change$|(?<!already )(?<!no need to )(?<!dont need to )(?<!dont want to )(?<!dont"
    rf" )(?<!not )(?<!did )(?<!to not )(?<!did you )(?<!didnt i )(?<!did i )(?<!have to )reschedule(?! with"
    rf" you)|have to reschedule|need(?:s)? (?:a )?rescheduling|re ?scheduling (?:my|the|it|please)|^re ?scheduling$"
    rf"|change (?:appointment|session|visit|time|date|day)s?$"
    rf"|request (?:to|a) reschedul\w+|rain ?check|(?:would|will|does|is) {_NEWTIME} (?:work|be (?:ok|okay"
    rf"|possible|fine)|ok|available|open|possible)|could (?:do|come) {_NEWTIME}|but (?:i |we )?can (?:come |do "
    rf"|make (?:it )?)?{_NEWTIME}|"
    rf"(?:move|push|bump|shift|switch|swap|slide|change|postpone|delay|put off|reset|rebook|re book|set up"
    rf"|delay) (?:it|this|that|us|me|my|the|our|his|her|todays|tomorrows|to|up|back|times?|days?"
    rf"|dates?)(?: (?:appointment|session|visit|time|slot|day|date|back|up|out|off|over|to|meeting|for|until"
    rf"|one))*(?! car| out of| house)|postpone|pick (?:a|another) (?:new |different |other )?(?:time|day|date)|"
    rf"(?:(?:can|could|may|might|would|will) (?:i|we|you|u|he|she|they|it|my|the|this|that)|is it possible"
    rf"|any (?:chance|way)|possible|want|like|prefer|need|rather|wanna|how about|what about|hows|id|lets"
    rf"|would it be possible|see if|wondering if|chance)(?: (?!cancel|anul|confirm|keep)\w+){{0,5}}? (?:come|do"
    rf"|have|get|make it|go|be|take|see (?:you|him|her)|meet|for|about|book|schedule|to|in|at|it|if|a|an"
    rf"|something|anything|us|you|way|change|work|push|move)? ?{_NEWTIME}(?! (?:late|early|min\w*))|"
    rf"(?:do you|does he|does she|does dr \w+|are there|is there|got|have you|have|any|anything|is"
    rf"|what)(?: \w+){{0,4}}? (?:openings?|availability|available|slots?|times?|anything|open|free"
    rf"|opening)(?: \w+){{0,2}}? ?{_NEWTIME}|any (?:other )?(?:openings|availability|slots)|(?:any|some|what"
    rf"|which) other (?:times?|days?|dates?|openings|slots|options)|what (?:times|days|openings|slots"
    rf"|else) (?:do you have|are (?:open|free|available)|work)|(?:is there|are there|(?:do|would|will) (?:you|u"
    rf"|they|he|she) have|you (?:have|got)|u have)(?: \w+){{0,3}}? {_NEWTIME}|"
    rf"(?:how|what) about {_NEWTIME}|(?<!not )(?:{_NEWTIME}) (?:instead|works? better|would (?:be|work) better"
    rf"|is better|would be (?:good|great|better)|better|would work)|better (?:time|day)|works? better"
    rf"|another (?:time|day|date|appointment)|different (?:time|day|date|appointment)|new (?:time|date|day"
    rf"|appointment time)|some other time|(?:next week|next month) (?:instead|please|ok|maybe)?$|move me (?:to"
    rf"|up|back)|"
    rf"pero (?:si |yo |puedo |podria |podemos )+(?:ir |el |en |por )*{DAYS}|"
    r"cambi(?:ar|arla|arlo|e|en|o|armela|ela|amos|eme|enme|arme|emela|amela|enmela|a)(?: (?:la|mi|de|el|esta|a"
    r"|para|otra|otro|dia|hora|fecha|cita|sesion|por|mejor|nuestra|horario|le|al|un|una|las?))*|reprogram\w+"
    r"|reagend\w+|re agendar|mover(?:la|lo)?(?: (?:la|mi|a|para|cita|el|esta|al))*|muev(?:a|an|e|ela"
    r"|enla)(?: (?:la|mi|cita|a|para))*|pospon\w+|aplaz\w+|recorr(?:er|erla|a|an)(?: (?:la|mi))?|"
    r"otr[oa] (?:dia|hora|fecha|momento|horario|cita|semana|rato|turno)|mas (?:tarde|temprano"
    r"|tardecito)(?! (?:de |que ))|para (?:el |la )?(?:lunes|martes|miercoles|jueves|viernes|sabado|domingo"
    r"|proxima|otra|siguiente|manana)(?: semana)?|(?:la )?(?:proxima|otra|siguiente) semana|(?<!no )(?:puede"
    r"|puedo|podria|podriamos|podemos|se puede|habra|hay|tienen?|tendra[n]?|seria posible|es posible"
    r"|tiene algo)(?: \w+){0,4} (?:otr[oa]|mas tarde|mas temprano|a las \d+|las \d+|el (?:lunes|martes"
    r"|miercoles|jueves|viernes|sabado)|manana|disponib\w+|horario|espacio|proxima|siguiente|despues|antes"
    r"|diferente|distint[oa])|(?:mejor|prefiero) (?:a las|el|la|manana|otro|otra|en la|por la|para|mas) ?\w*)\b"
)
NOT_MOVE = re.compile(
    r"\b(?:shed|hed|theyd|youd|(?:she|he|they|you) (?:would|said|will|told)|said (?:she|he|you"
    r"|they)\w*)(?: \w+)? (?:move|change|reschedule)\w*\b|\b(?:le|te|les) (?:aviso|llamo|digo|marco|confirmo"
    r"|hablo|escribo)(?: \w+)? (?:mas tarde|manana|otro dia|luego)|"
    r"\b(?:call|text|let you know|get back|talk|email|message|confirm|pay|respond|reply"
    r"|answer)(?: \w+){0,3} (?:later|tomorrow|tonight|monday|tuesday|wednesday|thursday|friday)\b|"
    r"\b(?:dont|do not|no need to|not|never|didnt|did not|already|havent|instead of|no (?:quiero|necesito"
    r"|hace falta)|ya|wont|dont want to|dont need to|thanks for|thank you for|no (?:la|lo|me|le)) (?:need to "
    r"|have to |want to |be |la |me |i |you )?(?:reschedul\w+|mov(?:e|ed|ing)|chang\w+|cambi\w+|reprogram\w+"
    r"|reagend\w+)\b|\b(?:rescheduled|reprogramad[oa]|reagendad[oa]|cambiaron)\b|\bchange (?:my )?(?:address"
    r"|insurance|phone|email|number|therapist|provider|doctor|pharmacy|name|meds?|medications?|card)\b"
    r"|\bcambi(?:ar|e|o|amos) (?:mi |de |el |la )*(?:direccion|seguro|numero|telefono|correo|terapeuta"
    r"|doctor\w*|farmacia|nombre|tarjeta)\b"
)
CANT_THEN = re.compile(
    rf"\b(?:cant|wont|not|doesnt|dont|isnt)(?: (?:do|make|going to|gonna|work|good|be able to do|really|be|a"
    rf"|ideal|longer))* (?:{DAYS}|work|works|good|that time|this time|that day|then|this week|for me|a good"
    rf"|ideal|it|this|that)\b|\b(?:bad|not a good|no longer a good|terrible) (?:time|day)\b"
    rf"|\bno (?:me (?:queda|funciona"
    rf"|sirve|conviene|acomoda|va bien)|puedo (?:a (?:esa|la|las)|ese|esa|este|el|los|a|hoy|manana)\b|(?:puedo"
    rf"|podre|podemos|podremos)$)|\b(?:conflict|double booked|something came up|surgio algo|me surgio"
    rf"|se me complic\w+|tengo (?:un )?(?:compromiso|conflicto))\b|\bdoes not work\b|\bcant$|\bwont$"
)
DONT_WANT = re.compile(
    r"\b(?:(?:cant|wont|not|doubt|dont think|unable|unlikely)(?: \w+){0,4} (?:come|coming|attend\w*|make it"
    r"|be there|go|going|make)|(?:may|might|probably|think i|think ill|have to|need to|want to|like to|can i"
    r"|how (?:do|can) i|is it (?:too late|possible|ok|okay) to|could i|may i|am i able to|want|should i"
    r"|possible to|wish to|considering|thinking (?:of|about)|puedo|podria|como|se puede|aun puedo"
    r"|todavia puedo)(?: \w+){0,3} cancel\w*)\b"
)
SOMEBODY_CAN = re.compile(
    r"\b(?:(?:i|he|she|we|they|my \w+) (?:can|will|ll|am|is|are)|ill|well|yo si|ella si|el si|si (?:puedo|voy"
    r"|va|puede))\b",
)
AWAY = re.compile(r"\b(?:to the (?:phone|door|parking)|answer|talk|hear you|al telefono|contestar|hablar)\b")
