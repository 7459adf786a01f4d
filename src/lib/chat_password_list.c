/* made by data/passwords.pl from data/passwords.txt: edit that one */

#include "chat_password_list.h"

const size_t  chat_password_list_size = 4000;
const size_t  chat_password_list_longest = 20;

const char  chat_password_list_text[] =
    "0.0.0.0000.0.000000000000001000007000700700701011010119100101197001011975010119800101198101011984"
    "010119850101198601011987010119880101198901011990010119910101199201011993010120000101200101012010"
    "0101201101020301091989020719820207198603082006042010001000001001100710101101210203102030102030401024"
    "102938102938475610661111111111111111112222111222111222333111222333444555112211221111223112233"
    "11223344112233445511235811235813112358132112121121314121314151221122333122333444455555122512309812312"
    "12312312312312123123a123123q1232323q12332123321123321123123321q123412343211234432112345123451"
    "123454321123455432112345612345665432112345671234567812345678876543211234567891234567890"
    "1234567890098765432112345678909876543211234567890q1234567890qwerty12345678910"
    "12345678987654321123456789987654321123456789a123456789q123456789qwerty123456789z12345678a12345678q"
    "123456791234567a1234567q123456a123456aa123456k123456q123456qwerty123456r123456s123456z12345712345a"
    "12345q12345qwe12345qwert12345z1234abcd1234qwe1234qwer1234qwerasdfzxcv12365412365478912369874"
    "123698745123789123789456123987123aaa123abc123asd123qaz123qwe123qwe123123qweasd123qweasdzxc123qwerty"
    "123zxc12457812850012qw34er12qwas12qwaszx13131313243513243546134679135246135713579135790135792468"
    "13666131416271425361472581472583614725836914785214785236914789631478963214789632515078115426378159357"
    "159753159951162534170118436572192837192837465194119451a2b3c1a2b3c4d1passwor1q2w3e1q2w3e4r1q2w3e4r5"
    "1q2w3e4r5t1q2w3e4r5t6y1qa2ws3ed1qa2ws3ed4rf5tg1qaz2wsx1qaz2wsx3edc1qaz2wsx3edc4rfv1qazxsw2"
    "1qazxsw23edcvfr41qwerty1x2zkg8w200000211221122112212850622233322334423176djivanfros2356892468246810"
    "258025802584563141593141592631547532112332145632165432165498733221133366633669936243641214128420247"
    "42042042084208420855544556645612345632145665445685248151623424runner50cent5150515051505551212555666"
    "555777654321666666666777666999675152069696969697350150574185274185296375315975395177531917777777777888"
    "777931177889978451278789878912378945678945612789456123789512378965478998785245686753098j4ye3uz90210"
    "9060909119119379992951753963852963852741987456a12345a123456a1234567a123456789a1b2c3a1b2c3d4a1s2d3"
    "a1s2d3f4aaa111aaliyahaardvarkaaronabc12abc123abc1234abc12345abcd123abcd1234aberdeenabgrtyuabigail"
    "absolutaccessaccess14accordaccountachillesactionactiveadamadgjmptwadidasadminadonisadrianaezakmiafrica"
    "agent007aggiesaikidoairborneairbusairforceairplaneaksjdlasdakj89879alabamaalanalaskaalbatrosalbert"
    "albertoalbionalejandraleksandraleksandraalekseyalexalexandealexanderalexandralexandraalexisalfaalfred"
    "alibabaalicealiciaaliensalisonallenallisonallmineallsopallstaralphaalpha1alphabetalpinealucardalways"
    "alyssaamadeusamandaamanda1amateuramazonamberamber1ameliaamericaamerica1americanamsterdaamsterdam"
    "anacondaanakinanalanalsexanarchyanastasiaandersandersonandreandreaandreasandreiandrewandrew1andrey"
    "andromedaandyanfieldangelangel1angelaangelicaangelinaangeloangelsangusanhyeuemanimalanimeannaannette"
    "annieanthonyanthony1antonantonioanubisanythingapacheapolloapollo13appleapple1apple123applepieapples"
    "aprilaquariusaragornarcherarchiearea51arizonaarjayarmaniarnoldarsenalarsenal1artemisarthurartistartur"
    "asd123asdasdasdfasdf123asdf1234asdfasdfasdfgasdfghasdfghjasdfghjkasdfghjklasdfjklasdzxcashleyashley1"
    "ashtonasianaspireaspirineassassassassinassfuckassholeasshole1assholesassmanasterixastrosathenaatlanta"
    "atlanticatlantisatomicattackauburnaudia4audreyaugustauroraaussieaustinaustraliaustraliaautumn"
    "avalanchavalonavataravengerawesomeazamatazertyazsxdcazsxdcfvbabebabesbabiesbabybabybluebabyboy"
    "babydollbabyfacebabygirlbabylonbabylon5bacardibackdoorbaconbadassbadboybaddogbadgerbadgirlbaggins"
    "bagirabaileyballballerballoonballoonsballsbambambananabananasbananebanditbangbangkokbankerbanshee"
    "barbarabarbiebarcelonbarcelonabarefootbarkleybarneybarsikbartbaseballbasketbasketbabasketballbass"
    "bassmanbastardbatmanbatman1battlebaxterbayernbeachbeachesbeaglebeanerbeaniebearbearbearbeastbeastie"
    "beatlesbeatricebeautifulbeautybeaverbeavisbeckhambeefcakebeerbeetlebelindabellbellabenderbenfica"
    "bengalsbenjaminbennettbensonbentleyberettaberlinbernardbernieberthabethanybeverly"
    "bhrh0h2oof6xbqjehbiancabicyclebigassbigballsbigbearbigbirdbigboobsbigboybigcockbigdaddybigdickbigdog"
    "bigfootbiggerbiggiebigglesbigguybigmacbigmanbigmikebigmoneybigonebigredbigsexybigtimebigtitsbikinibill"
    "billiebillybilly1billybobbillyboybimmerbingbingobirdbirdiebirdmanbirthdaybiscuitbishopbitchbitch1"
    "bitchesbitemebizkitblablablackblack1blackbirblackcatblackdogblackhawblackieblackjacblackjackblackman"
    "blacksblackybladebladesblahblahblakeblasterblazerblessedblessingblink182blizzardblondeblondesblondie"
    "bloodbloodyblowblowjobblowmeblueblue123blue22bluebirdblueblueblueboybluedogblueeyesbluemoonblues"
    "blueskyboatbob123bobafettbobbiebobbobbobbybobby1bobcatboeingbogartbogdanbogeybohicabollocksbollox"
    "bomberbondbond007bondageboneboneheadbonerbonesbonitabonjourbonkersbonniebonsaiboobboobieboobiesbooboo"
    "boobsboogerboogiebookwormboomboomboomerbootiebootsbootyboricuaborisboscobossbossmanbostonbottombounce"
    "bowlerbowlingbowserboxingbpgjldsgjldthnfbr0d3rbr549bradfordbradleybrandibrandobrandonbrandon1brandy"
    "brasilbravesbrazilbreastbreezebrendabrendanbrianbrian1briannabridgebridgetbrightonbristolbritney"
    "brittanybrokenbroncobroncosbrookebrooklynbrooksbrotherbrothersbrownbrowniebrownsbrucebruceleebruins"
    "brunobrutusbryanbryantbubbabubba1bubbasbubblebubblesbuckbucketbuckeyebuckeyesbuckshotbuddahbuddhabuddy"
    "buddy1budlightbudmanbudweisebuffalobuffettbuffybuffy1buggerbuilderbullbulldogbulldog1bulldogsbullet"
    "bullseyebullshitbungholebunnybunny1burgerburtonbushbusinessbusterbuster1butchbutlerbuttbutter"
    "butterflbutterflybuttheadbuttholebuttmanbuttonsbuzzardbytemecabbagecactuscadillaccaesarcaitlincalgary"
    "calicocalientecaliforncaliforniacaligulacalliecalvincamarocambiamicamelcamelotcamelscameracameron"
    "camillecampbellcanadacancelcancercancuncandlecandycandymancannoncanoncantonacapitalcaponecaptain"
    "caramelcardinalcarlocarloscarltoncarmencarolcarolinacarolinecarolyncarpetcarreracarriecarrotcarson"
    "cartercartmancartooncasanovacasertacaseycasey1cashcasinocaspercassidycassiecastlecat123catalina"
    "catch22catdogcatfishcatherincatmancatscavaliercavemancbr600ccbillcdtnkfyfceleroncelestecelicaceline"
    "celticcelticscentercentralcerberuscessnacfitymrfcgfhnfrchainsawchairchampchampionchampschance"
    "chandlerchangchangechangemechaoschargerchargerscharlescharles1charlicharliecharlie1charlott"
    "charlottecharltoncharlycharmedchasechasercheckcheerscheesecheese1cheetahchelseachelsea1cherokeecherry"
    "cherylchesterchester1chevellechevrolechevychevy1chewiecheyennechicagochicago1chichichickenchicken1"
    "chickenschickschicochiefschildrenchinachipperchivaschloechocolatchopperchouchrischris1chrisblnchrissy"
    "christchristiachristianchristinchristinechristopchristychronicchronochuangchubbychuckchuckiechuckles"
    "chuckychunkychurchcicerocigarscindercindycinnamoncjkysirjcjkywtclaireclancyclaptonclarenceclarinet"
    "classicclaudeclaudiaclaytonclemsonclevelancliffordclintonclipperclitoriscloud9cloudsclovercobracobra1"
    "cocacolacockcockscoconutcodycoffeecohibacokecolleencollegecollinscolombiacoloradocolorscolt45"
    "coltranecolumbiacolumbuscometcommandcommandocompaqcomputecomputerconcretecondomcondorconnectconner"
    "connieconnorconradconsumercontentcontrolcookiecookiescoolcooldudecoolercoolguycooliocoolmancooper"
    "cootercoppercoronacorradocorvettecosmocosmoscosworthcottoncougarcountrycourtneycowboycowboyscowboys1"
    "coyotecrackercrashcrazycrazy1crazybabcreamcreampiecreamycreativecricketcrimsoncristinacritter"
    "crjhgbjycruisecruisercrunchcrusadercrysiscrystalcrystal1cthulhucthutqcubbiescubswincuddlescumming"
    "cumshotcuntcuntscupcakecuriouscurtiscustomcutlasscuttercxfcnmtcybercyclonecyclopscynthiacypressdaddy"
    "daddy1daewoodaggerdaisydaisy1dakotadaledalejrdallasdallas1daltondamiandamiendammitdamnitdancedancerdang"
    "dangerdaniedanieldaniel1danieladanielledaniildaniladannidannydannyboydanzigdarkdarknessdarkside"
    "darkstardarlingdarrendarwindavedaviddavid1davidsdavisdawgdawsondaytonadbrnjhdbrnjhbzdeaddeadhead"
    "deadmandeannadeathdeath1debbiedecemberdeedeedeejaydeepthroatdeeznutsdeeznutzdefenderdefiantdeftones"
    "deletedeltadelta1deluxedemondenalidenisdenisedeniskadennisdenverdepechederrickdesertdesigndesigner"
    "desiredeskjetdestinydetroitdevildevildogdevilsdexterdfkthbzdfkthfdfktynbyfdfvgbhdharmadiablodiamond"
    "diamond1diamondsdianadickdickheaddicksdieharddieseldietcokediggerdigitaldigital1dilbertdildodilligaf"
    "dillondimadinamodingdingdongdinosaurdirectordirtydiscoverdisneydiverdivinedixiedkflbckfddkflbvbh"
    "dobermandoctordodgedodge1dodgerdodgeramdodgersdogfooddoggdoggiedoggydoghousedogmandogsdollardolphin"
    "dolphinsdominicdominodonalddonkeydonnadonniedonutsdoobiedoodledoogiedookiedorothydoubledoughboy"
    "douglasdraculadragodragondragon1dragonsdragoondrakedreamdreamerdreamsdriverdrizztdroopydrowssap"
    "drpepperdrummerdthjybrfdublinducatiduchessduckdudedudleydukedumbassduncandurangodusterdustindustydylan"
    "eagleeagle1eagleseagles1eastsideeatmeeatpussyeatshiteclipseeddieeduardedwardedward1eeyoreeileen"
    "einsteinekaterinaelaineelectricelementelenaelephantelevenelijahelizabetelizabethelliotelliottelvira"
    "elviselvis1elwoodemeraldemilyemily1eminememmanuelempireenergyengageengineengineerenglandenglishenigma"
    "enjoyenterenter1enterprienterpriseeraserericericssonernesteroticeroticaescapeescortesthereternal"
    "eternityeugeneeuropaevelyneverestevertonexcalibuexigenexigentexodusexplorerexpressextremef**kfabian"
    "fabiefabricfacialfaggotfaithfalconfalconsfallenfalloutfamilyfangfantasyfarmerfarsidefartfastfaster"
    "fatassfatboyfatcatfatherfatmanfeatherfelixfenderfengfernandfernandoferrariferrari1ferretfesterfetish"
    "fghtkmfickenfiestafigarofighterfilterfingerfinishfirefireballfirebirdfireflyfirefoxfiremanfishfisher"
    "fishesfishingfishing1fitnessfktrcfylhfktrcfylhffktrctqflamesflamingoflashflash1flatronfletchfletcher"
    "flightflipperfloppyflorenceflorianfloridaflorida1flounderflowerflowersfluffyflyboyflyersfoobarfootbal"
    "footballfootball1fordfordf150forestforeverforfunforgetforgotformulaformula1forrestfortunafossilfoster"
    "foxtrotfrancefrancesfrancescfrancisfrancofrankfrank1frankiefranklinfrankyfreakfreaksfreakyfrecklesfred"
    "freddiefreddyfredericfredfredfreefreedomfreedom1freemanfreepassfreepornfreeuserfrenchfridayfriend"
    "friendsfrightfriscofriskyfrodofrogfroggerfroggyfront242frontierfrostyfubarfuckfuck_insidefuckedfucker"
    "fuckersfuckfacefuckfuckfuckherfuckingfuckitfuckmefuckofffuckthisfuckufucku2fuckyoufuckyou1fuckyou2"
    "fugazifunctionfunnyfuntimefusionfutbolfuturefyfcnfcbzfylhtqgabriegabrielgabriellgalaxygalinagalore"
    "gambitgandalfgandalf1ganggangbanggangstagangstergarbagegarciagardengarfieldgargoylegarrettgarygateway"
    "gateway1gatorgatorsgbpltwgegcbrgeheimgeminigeneralgenesisgeniusgeorgegeorge1georgiageraldgerardgerman"
    "germanygeronimogesperrtgetmoneygetsomegfhjkmgfhjkm1gfhjkm123ghbdtnghbdtnbrghettoghjcnjghjcnjnfrghost"
    "giantsgibsongilbertgilliangingerginger1giorgigiovannigirlgirlsgizmogizmo1gizmodogjkbyfgladiatorglobal"
    "gloriagmoneygn56gn56goaliegoblingobluegoddessgodfathegodfathergodsmackgodzillagofishgoforitgokugold"
    "goldberggoldengoldfishgoldiegoldstargoldwinggolfgolfballgolfergolfinggoliathgollumgonggonzogoobergood"
    "goodboygoodbyegoodluckgoodtimegoofygooglegoosegophergordongordon24gorillagotchagothicgotohellgovols"
    "gracegraciegrahamgrandmagrannygrapesgratefulgreatgreat1greatonegreengreen1greenbaygreendaygreensgreg"
    "gregorgregorygremlingrendelgretzkygriffeygriffingringogrizzlygroovegroovygrouchogrovergrumpygsxr750"
    "guardianguinessguinnessguitargundamgunnargunnergunnersgustavhackedhackerhaileyhairyhal9000halflifehallo"
    "hambonehamburghamiltonhamlethammerhammershamsterhandsomehandymanhannahhannibalhansolohappyhappy1"
    "happy123happydayhardhardcockhardcoreharderhardonhardrockharleyharley1harmonyharoldharrisharrisonharry"
    "harry1harveyhastingshavefunhawaiihawaiianhawkhawkeyehawkeyeshayabusahaydenhayley"
    "hd764nw5d7e1vb1hd764nw5d7e1vbvheadheartsheatherheather1heavenhectorhedgehogheinekenhelenhelenahell"
    "hellfirehellohello1hello123helloohellyeahhelmethelphelpmehendrixhenryhentaiherbertherbieherculesherman"
    "hermeshersheyhesoyamhiddenhighlandhiltonhiphophistoryhitherehitlerhitmanhjvfirfhobbeshobbithockey"
    "hockey1hokiesholdenholidayhollandhollyholly1hollywooholmesholyshithomehomerhomer1homershomerunhonda"
    "honda1honeyhoney1hongkonghookerhoosierhoosiershooterhootershooverhorizonhorndoghornethorneyhornyhorny1"
    "horsehorseshotboyhotdoghotpussyhotredhotrodhotsexhotshothotstuffhottiehousehouseshoustonhowardhudson"
    "hummerhungryhunterhunter1huntinghurricanhuskerhuskershuskieshustlerhyperionib6ub9ibanezicecreamiceman"
    "idontknowiforgotigoriguanaihateyouilliniillusionilovesexiloveuiloveyoiloveyouimagineimmortalimpala"
    "imperialincubusindianindianaindiansindigoinfantryinfernoinfinitiinfinityinsaneinsertinsideintegraintel"
    "internetintrepidintruderirelandirinairishirish1ironmanisabelisabellaisabelleislandisraelitaliaivan"
    "ivanovivanovaiversoniwantujabronijackjackaljackassjackiejackoffjacksonjackson1jacobjacob1jaggerjaguar"
    "jakejamaicajamesjames007james1jamesbonjamesbondjamiejamie1jammerjanicejaninejanuaryjapanjarheadjasmin"
    "jasminejasmine1jasonjason1jasperjavajavierjaybirdjayhawkjazzjazzmanjedijeepjeffjeffreyjennajennie"
    "jenniferjennyjenny1jeremiahjeremyjerichojerkoffjeromejerryjerseyjessejessicjessicajessica1jessiejester"
    "jesusjesus1jethrojewelsjimbojimbobjimmyjimmy1joannajoannejoejoejoeyjohannesjohnjohn316johnboy"
    "johnjohnjohnnyjohnsonjokerjoker1jokersjonathanjonesjordanjordan1jordan23josephjoshjoshuajoshua1jrcfyf"
    "juanjudithjuggalojuicejuliajulianjuliejulietjuliusjumperjunebugjunglejuniorjupiterjust4mejustdoit"
    "justicejustinjustin1justinejustmejuventuskahunakaiserkaktuskamikazekangarookansaskaratekarenkarina"
    "karolinakashmirkasperkatanakaterinakathleenkathrynkathykatiekatie1katrinkatrinakawasakikcj9wx5nkeeper"
    "keithkelleykellykelly1kelseykennedykennethkennykenshinkentuckykenwoodkenworthkermitkevinkevin1"
    "keyboardkeystonekeywestkickasskickerkillbillkillerkiller1killmekimberlykingkingdomkingfishkingkong"
    "kingpinkingstonkinkykipperkirillkisskisseskissmekitkatkittenkittykitty1kittycatklasterklingon"
    "knickersknicksknightknightsknopkakodiakkolobokkoolkornkoshkakosmoskostyakotenokkramerkrishnakristen"
    "kristikristinkristinaktyjxrfkumekungfukylelabradorlabteclacrosseladiesladyladybuglagunalakers"
    "lancelotlancerlansinglaptoplarisalarrylaserlasvegaslatinlatinolauralaurenlaurielawrencelawyerleader"
    "leatherleavemealoneledzeplegacylegendlegionlegolaslemonslennonleonardleonardoleonidleopardlesbian"
    "lesbiansleslielespaullestatlesterletmeinletmein1letmein2letsgolewislexmarklexus"
    "lhbjkjubz2957704libertylicklickerlickitlickmelifelifehacklifetimelightlightninlightninglightslincoln"
    "lindalindsaylindseylineage2lionlionkingliquidlisalittleliverpooliverpoollizardlizzielobsterlocologan"
    "logan1logitechlokomotivlol123lolipoplolitalollipoplollollondonlonelylonestarlonewolflonglonghornlooker"
    "lookinglooserlorenzolorraineloserloserslouiselouloulovelove1love123love69loveitlovelovelovelyloveme"
    "loverlover1loverboyloverslovesexloveyoulovinglowriderlucasluciferluckylucky1lucky13lucky7luckydoglucy"
    "ludmilaludwiglukelutherlvbnhbqlytdybrbdfvgbhfmacdaddymachinemacrossmaddenmaddiemaddogmadisonmadison1"
    "madmanmadmaxmadnessmadonnamadridmaestromaggiemaggotmagicmagic1magickmagicmanmagnoliamagnummagnusmagpie"
    "maidenmailcreated5240mailmanmajesticmakavelimaksimmalakamalcolmmalibumalinamallardmamapapamanager"
    "manchestmanchestermandingomandymaniacmansonmanuelmanutdmaradonamarathonmarcelmarcomarcusmargaret"
    "margaritamariamaria1mariahmarianmariemarilynmarinamarinemarinersmarinesmarinomarino13mariomarion"
    "marissamariusmarkmarketmarkusmarlboromarleymarlinmarshallmarthamartinmartin1martinamartinezmartini"
    "marvelmarvinmarymaryjanemarylandmasonmassivemastemastermaster1mastersmatadormatildamatrixmattmatthew"
    "matthew1maturemauricemaverickmax123maxellmaximmaximamaximusmaxinemaxmaxmaxwellmaxxmaydaymayhemmaynard"
    "mazafakameatballmeatheadmeatloafmechanicmedusamegadethmegamanmeganmegapassmegatronmeghanmeister"
    "melaniemelindamelissamelissa1mellonmellowmelodymelvinmembermemorexmemphismenacemeowmeowmercedes"
    "mercurymeridianmerlinmersedesmetalmetallicmetallicamethodmexicomiamimianmichaelmichael1michaelamichel"
    "michelemichellemichiganmickeymicrolabmicronmicrosofmicrosoftmidgetmidnightmidwaymightymiguelmikemikey"
    "milanamilanomilenamilesmilitarymillermilliemillionmiltonmineminecraftminimeminniemiraclemiragemiranda"
    "misfitmishkamissionmissymissy1mistermistressmistymitchellmittensmnbvcxzmobilemojomolliemollymolly1"
    "molokomolsonmomoneymomsanaladventuremonacomonalisamondaymondeomoneymoney1moneymanmoneysmongoosemonica"
    "monikamoniquemonitormonkemonkeymonkey1monkeysmonopolymonroemonstermonster1montanamontgom240montreal"
    "moocowmookiemoomoomoonmoonlightmoosemoose1morganmorpheusmorrismorrisonmortgagemortimermoscowmother"
    "motherlodemotorolamountainmousemouse1moviemozartmuffinmuldermultiplelomunchkinmuppetmurphymurraymuscle"
    "mushroommusicmusic1musicamusicmanmustangmustang1mustangsmustardmybabymylifemylovemypassmyselfmystery"
    "mysticnadinenakednancynapassnapoleonnapsternarutonascarnastynastyanatalinatalianatalienatasha"
    "nathalienathannationalnaughtyncc1701ncc1701ancc1701dncc1701ene1469ne_e_pod_chehylnebraskanellienelson"
    "nemesisnemvxyheqdd5oqxyxyzineptunenetworknevadanewbienewcastlnewlifenewmannewpassnewportnewtonnewyork"
    "newyork1nfnmzyfnicholasnicknick1234-rem936nickelnicolanicolasnicolenicole1niggernightnikenikitanikki"
    "nikolanikolaynimrodninaninersninjanintendonippernipplenipplesnirvananissannitramnofearnokia"
    "nokia6300nolimitnonenoodlenoodlesnookienopassnormannortonnothingnovembernudistnuggetnumber1"
    "nuttertoolsnwo4lifenyjetsnylonsnymetsoaklandoakleyoasisobiwanoblivionoctoberodessaofficeohyeahoicu812"
    "oilersoklahomaoksanaoldmanolegolgaoliveroliviaolivieromegaomega1oneloveonlineonlymeopenopenup"
    "operatoroptimusoracleorangeorange1orangesorchidoregonorgasmoriolesorionorlandooscaroscar1osirisou812"
    "ou8122outkastoutlawoverkilloverlordoxfordp0015123pa55w0rdpa55wordpacificpackardpackerpackerspackers1"
    "pacmanpadrespaintbalpaintballpainterpakistanpalacepaladinpalmerpamelapanamapanasonipanasonicpanchopanda"
    "pandorapanterapantherpanther1pantherspantiespantyhospanzerparadiseparadoxparisparkerparolaparrotparty"
    "pascalpasspass123pass1234passatpassionpassmepassportpassw0rdpassworpasswor1passwordpassword1"
    "password123password2passwordasswordpasswordpasswordpasswordspasswordstandardpasswortpatchespatricia"
    "patrickpatrick1patriotpatriotspattonpaulpaulinepavilionpaytonpeacepeachpeachespeanutpeanutspearljam"
    "pebblespeekaboopeeweepegasuspencilpenelopepenguinpenguinspenispennypenny1penthouspentiumpeoplepepper"
    "pepper1pepsipepsi1perfectpersonalpervertpetepeterpeter1peterpanpeterspeugeotphantomphilipphilippe"
    "philipsphilliesphillipphillyphishphoebephoenixphoenix1photophotosphpbbpianomanpicardpicassopiccolo"
    "picklepicklespicspicturepierrepigletpikachupillowpilotpimppimpinpineapplpingpingpongpinheadpink"
    "pinkfloypioneerpippenpiratepiratespiscespissingpistolpitbullpizzapizzasplanetplasticplatinumplay"
    "playboyplayerplaytimepleasepleasureplumberplymouthpobedapoisonpoiuytpoiuytrewqpokemonpokemon1polaris"
    "policepolinapolniypizdec0211polniypizdec1102polniypizdec110211polopolskapompeyponchopontiacpony"
    "poochiepoodlepoohpoohbearpookiepoontangpooppooperpoopiepoopoopooterpopcornpopeyepoppyporkchoppornporno"
    "pornospornstarporscheporsche9porterportlandportugalposeidonpossumpostalpotatopotterpowderpowerpower1"
    "powerspreciouspredatorpreludepresarioprestoprestonprettyprimusprinceprincesprincessprinterprissy"
    "privateprivetprodigyprophetproxypsychopuddingpumpkinpunisherpunkinpunkrockpuppiespuppypupsikpurdue"
    "purplepussiepussiespussypussy1pussy69pussycatpussysputterpyramidpythonq12345q123456q1w2e3q1w2e3r4"
    "q1w2e3r4t5q1w2e3r4t5y6q1w2e3r4t5y6u7i8q1w2e3r4t5y6u7i8o9p0qawsedqawsedrfqaz123qazqazqazwsxqazwsx12"
    "qazwsx123qazwsxedqazwsxedcqazwsxedcrfvqazwsxedcrfvtgbqazxswqazxswedcqqq111qualityquantumquartzquattro"
    "queenqueensqwaszxqwe123qweasdqweasdzxcqweqweqwer123qwer1234qwerasdfqwertqwert1qwert123"
    "qwertasdfgzxcvbqwertyqwerty1qwerty12qwerty123qwerty1234qwerty12345qwerty123456qwerty123456789qwertyu"
    "qwertyuiqwertyuioqwertyuiopqwertyuiop12345qwertzr2d2c3porabbitrabotaracecarracerracerxrachelrachel1"
    "racingrafaelragnarokraiderraidersraiders1rainbowrainmanraistlinralphramblerramborammsteinramonaramses"
    "randallrandomrandyrangerranger1rangersrangers1raptorrascalrasdzv3rasputinrastarastamanravenraven1"
    "ravensraymondrazzrbhbkkrctybzreaderreadyreaganrealityrealmadridreaperrebeccarebecca1rebelrebelsred123"
    "redalertredbullreddogredfishredheadredhotredmanredneckredrumredskinsredsoxredwingredwingsredwoodreebok"
    "reeferreggiereginarememberrenaultrenegaderereirfrescueresearchretardreviewrfhbyfrfnthbyfrfrfirfrfrnec"
    "rhbcnbyfrhfcjnrfrhondaricardorichardrichard1richierichmondrickrightnowripkenripperrippleriver"
    "rjirfrgbderjntyjrrjycnfynbyroadkillroadkingroadrunnrobbierobertrobert1robertorobertsrobinrobinson"
    "robotechrockrockerrocketrocketsrockfordrockhardrockonrocksrockstarrockyrocky1rodmanrodneyrogerrogers"
    "rolandrollerrolltideromanromashkaromeorommelronaldronaldoronnierookieroosterrootbeerroscoeroserosebud"
    "rosemaryrottenroute66roverroversroxanneroyalsrtyueherubberrugbyrulezrulezzzrunescaperunnerrush"
    "rush2112ruslanrussellrussiarussianrustamrustyrusty1ryansabbathsabinasabinesabressabrinasadiesadie1"
    "safarisafetysailboatsailingsailorsaintsaintssakurasalamandersaleensallysalmonsalomonsamanthasamiam"
    "sammiesammysammy1sampsonsamsonsamsungsamsung1samuelsamuraisanchezsanchosandiegosandmansandrasandrosandy"
    "sandy1santanasantiagosantossappersapphiresarasarahsarah1saratogasaschasashasasha1sassysasukesatan"
    "satan666saturnsaunsauronsausagesavagesavannahsayangscaniascannerscarfacescarletscarlettschoolscooby"
    "scoobydoscooterscooter1scorpioscorpionscotchscotlandscottscott1scottiescottyscoutscrappyscreamscruffy"
    "scubascullyseahawksseamussearaysearchseattlesebastiasebastiansecretsecret1securityseekerseinfeldselect"
    "seminolesemperfisentinelseptembeseptemberseregaserenaserenitysergeisergeysergiosersolutionserver"
    "servicesesamesevenseven7sex123sex4mesexsexsexualsexxsexxxxsexysexy1sexy69sexygirlsexymanshadoshadow"
    "shadow1shaggyshaishalomshamanshamrockshaneshaney14shaniashannonshannon1shaolinsharksharkssharkysharon"
    "shastashavedshazamsheenasheilashelbyshelleyshellyshemalesherlockshermansherryshilohshirleyshit"
    "shitheadshittyshogunshootershoppingshortshortyshotgunshoushowmeshowtimeshunsidneysiemenssierrasilver"
    "silver1silviasimbasimonsimon1simonesimplesimpsonsimpsonssinatrasinbadsingersinglesinnersiriussister"
    "sithlordsixersskaterskeeterskidooskiingskinnyskipperskippyskittlesskorpionskydiveskylineskywalke"
    "skywalkerslackerslappyslapshotslaveslayersleepyslicksliderslinkyslipknotslutslutssluttysmegheadsmegma"
    "smellysmilesmilessmileysmithsmittysmokesmokersmokessmokeysmokinsmoothsmudgesmutsnakesnake1snakessnapon"
    "snappersnapplesnatchsneakerssnickerssnipersnoopsnoopdogsnoopysnowsnowballsnowboarsnowmansnugglessobaka"
    "soccersoccer1socratessoftballsoftwaresojdlg123aljgsoldiersoleilsolncesolomonsomethinsommersonicsonics"
    "sonysoonersoonerssophiasophiesoso123aljgsouthernsouthparkspacespacemanspankspankingspankmespanky"
    "sparklesparkyspartaspartakspartanspartansspawnspeakerspecialspectrumspeedspeedyspencerspiderspiderma"
    "spidermanspideyspikespike1spiritspitfiresplashsplinterspongebobspookysportsspringspringersprintsprite"
    "spunkyspurssputnikspydersquashsquirrelsquirtsrinivasstaceystalinstalkerstallionstandardstanleystar"
    "star69starbuckstarcraftstarduststarfirestarfishstargatestarmanstarsstarshipstarterstartrekstarwars"
    "staticstationstealthsteelersteelersstefanstefanostellastephstephanistephaniestephenstereosterlin"
    "sterlingstevesteve1stevensteviestewartsticksticksstickystimpystingstingerstingraystinkystockingstocks"
    "stonestonecolstonedstonerstonesstoneystormstormystrangerstreetstriderstrikestrikerstripperstrongstuart"
    "studstudentstudiostudlystuffstumpystunnerstupidsubarusublimesubwaysuccesssucksuckersuckitsuckmesucks"
    "sugarsultansummersummer1summitsundancesundaysunflowesunnysunnydaysunrisesunsetsunshinsunshinesuper"
    "super1super123superflysupermansuperman1superstasuperstarsupportsurfsurfersurfingsusansuzannesuzuki"
    "svetiksvetlanaswallowswedensweetsweet1sweetiesweetpeasweetssweetyswimmerswimmingswingerswingerssword"
    "swordfisswordfishswordssydneysylviasyncmastersyracusesystemtacobelltacomatalismantamaratangotanker"
    "tannertanyatardistargettarheeltarheelstarzantatianatattootatyanataurustaylortaylor1tazmantazmania"
    "tdutybqteachertechnicstechnoteddyteenteenstekkentelefontemptempesttempletennistequilateresa"
    "terminatorterrapinterrorterrytesttest1test123test1234testertestingtesttesttexastexas1thailand"
    "thanatosthanksthankyouthebossthecatthedogtheendthegamethegreatthekidthekingthemantheodoretheone"
    "therockthesimsthirteenthomasthomas1thompsonthongsthorthroatthuglifethumperthunderthunder1thx1138"
    "tiberiustickletiffanytigertiger1tigerstiggertigger1tighttightstimbertimetimmytimothytinatinker"
    "tinkerbelltinmantintintitanictitaniumtitanstitleisttitstittiestittytobiastodaytolkientomatotomcattommy"
    "tommy1tommyboytomtomtonytootsietopcattopdogtopguntophertoppertornadotorontotorrestoshibatottenhatoyota"
    "traceytrackertractortracytradertraffictrainstrancetransamtranslatortrappertraveltravelertravis"
    "treasuretrebortreetrevortrfnthbyftriangletrickytridenttriggertrinitytristantritontriumphtrixietrojan"
    "trojanstrombonetroopertroubletrucktruckertruckstruelovetrumpettrunkstrustno1tsunamituckertuesday"
    "tunafishtundraturboturbo1turkeyturkey50turnerturtletweetytwilighttwinkletwistedtwistertylertyler1"
    "typhoontyroneufkbyfultimaultimateumbrellaunderdogundertakerunicornuniteduniverseunknownunrealusa123"
    "usarmyusmcusnavyusuckballz1utopiavacationvadervaginavalentinvalentinavaleravalerievalhallavalley"
    "vampirevanessavanhalenvanillavectorvectravegetavelvetverbatimveritasvermontveronaveronicaveronika"
    "vertigovettevfczyzvfhbyfvfheczvfhufhbnfvfksirfvfrcbvvfrcbvrfvfvekzvfvfgfgfvfvjxrfvh5150viagravictor"
    "victoriavictoryvideoviewsonicvikingvikingsviktorviktoriavincentvioletviperviper1vipersvirginvirginia"
    "visionvitalikvivianvkontaktevladikvladimirvladislavvolleyvolumevolvovoodoovortexvoyagervoyeurvulcan"
    "walkerwallacewalleyewalmartwalnutwalruswalterwankerwapbbswarcraftwarhammerwarlockwarlordwarrenwarrior"
    "warriorswarthogwasserwassupwatcherwaterwaterloowaterswatsonwayneweaselweatherwebmasterwebsterweed"
    "weezerwelcomewelcome1welderwendywerewolfwesleywesternwesthamwestsidewestwoodwetpussywhateverwhatsup"
    "wheelswhiskerswhiskeywhiskywhisperwhitewhitesoxwhiteywhitneywhocareswhorewhynotwibblewickedwildcat"
    "wildcatswildfirewildmanwilliamwilliam1williamswilliewilliswillowwillywilsonwindowwindowswindsorwinner"
    "winniewinstonwinston1winterwisdomwizardwolfwolf359wolfgangwolfiewolfmanwolfpackwolverinwolverinewolves"
    "wombatwomenwonderwoodywoody1woofwoofwoohoowookiewordpassworldwranglerwrestlinwrightwrinkle1writer"
    "wutangxanaduxavierxbox360xfilesxtremexxx123yamahayankeeyankeesyankees1ybrbnfybrjkfqyellowyfnfifyomama"
    "yosemiteyoungyourmomyousuckytrewqyvonneyzermanz1x2c3zacharyzaphodzaq123zaq12wsxzaq1xsw2zaqwsxzaqxsw"
    "zenithzeppelinzerocoolzeuszhongzidaneziggyzigzagzipperzippyzombiezorrozqjphsyf6ctifguzvezdazxasqw12"
    "zxc123zxcasdzxcasdqwezxcv1234zxcvbnzxcvbnmzxcvbnm1zxcvbnm123456789";

const uint16_t  chat_password_list_offset[] = {
    0, 9, 16, 22, 28, 34, 38, 44, 49, 57, 65, 73, 81, 89, 97, 105,
    113, 121, 129, 137, 145, 153, 161, 169, 177, 185, 193, 201, 207, 215, 223, 231,
    239, 243, 247, 253, 257, 261, 266, 270, 275, 281, 289, 293, 299, 309, 313, 319,
    327, 335, 341, 350, 365, 369, 375, 380, 386, 394, 404, 410, 418, 428, 433, 439,
    447, 451, 457, 472, 476, 482, 487, 493, 501, 508, 515, 523, 528, 534, 543, 550,
    554, 561, 569, 574, 580, 589, 599, 605, 617, 624, 632, 648, 657, 667, 687, 706,
    717, 733, 744, 761, 779, 789, 799, 814, 824, 833, 842, 850, 858, 866, 873, 881,
    888, 895, 907, 914, 921, 928, 934, 940, 946, 954, 964, 970, 978, 985, 993, 1009,
    1015, 1024, 1032, 1041, 1047, 1056, 1062, 1068, 1074, 1080, 1086, 1092, 1101, 1110, 1122, 1131,
    1137, 1143, 1149, 1157, 1163, 1171, 1177, 1183, 1191, 1197, 1203, 1207, 1212, 1218, 1227, 1234,
    1240, 1246, 1252, 1260, 1269, 1275, 1284, 1291, 1299, 1308, 1314, 1322, 1328, 1334, 1340, 1346,
    1350, 1358, 1364, 1373, 1381, 1387, 1395, 1403, 1409, 1417, 1426, 1436, 1448, 1457, 1472, 1480,
    1492, 1508, 1516, 1532, 1539, 1547, 1553, 1557, 1565, 1572, 1578, 1584, 1599, 1605, 1609, 1615,
    1623, 1629, 1635, 1643, 1649, 1655, 1661, 1667, 1676, 1682, 1688, 1694, 1700, 1704, 1708, 1714,
    1720, 1735, 1741, 1747, 1753, 1759, 1765, 1775, 1782, 1788, 1792, 1800, 1807, 1813, 1819, 1825,
    1831, 1837, 1843, 1850, 1854, 1860, 1868, 1874, 1883, 1889, 1895, 1902, 1909, 1915, 1922, 1928,
    1934, 1940, 1946, 1952, 1960, 1969, 1976, 1982, 1988, 1994, 2001, 2009, 2014, 2020, 2026, 2033,
    2039, 2045, 2054, 2060, 2066, 2073, 2081, 2091, 2097, 2105, 2111, 2119, 2125, 2132, 2140, 2145,
    2150, 2156, 2163, 2171, 2178, 2186, 2194, 2201, 2208, 2215, 2221, 2229, 2235, 2242, 2250, 2256,
    2262, 2266, 2274, 2280, 2285, 2291, 2297, 2304, 2310, 2318, 2324, 2330, 2338, 2344, 2352, 2360,
    2377, 2384, 2388, 2394, 2402, 2408, 2415, 2421, 2429, 2438, 2448, 2455, 2459, 2467, 2476, 2484,
    2493, 2499, 2503, 2509, 2516, 2521, 2527, 2533, 2539, 2544, 2551, 2558, 2564, 2571, 2576, 2582,
    2590, 2596, 2603, 2609, 2615, 2622, 2628, 2635, 2642, 2648, 2653, 2659, 2665, 2672, 2680, 2688,
    2696, 2705, 2713, 2719, 2723, 2730, 2737, 2746, 2752, 2760, 2765, 2771, 2778, 2784, 2790, 2797,
    2803, 2812, 2816, 2823, 2828, 2834, 2840, 2848, 2856, 2862, 2868, 2873, 2881, 2887, 2892, 2896,
    2903, 2908, 2915, 2923, 2928, 2935, 2941, 2949, 2955, 2961, 2969, 2974, 2980, 2988, 2996, 3002,
    3007, 3015, 3022, 3028, 3034, 3040, 3047, 3052, 3058, 3064, 3071, 3079, 3086, 3092, 3098, 3103,
    3109, 3115, 3119, 3126, 3134, 3142, 3147, 3153, 3160, 3168, 3177, 3184, 3190, 3196, 3203, 3209,
    3214, 3220, 3228, 3234, 3242, 3249, 3256, 3264, 3272, 3278, 3285, 3291, 3297, 3304, 3312, 3320,
    3326, 3332, 3338, 3344, 3350, 3356, 3362, 3368, 3374, 3382, 3391, 3397, 3405, 3411, 3417, 3424,
    3431, 3437, 3443, 3449, 3457, 3461, 3466, 3472, 3476, 3484, 3491, 3499, 3507, 3515, 3522, 3530,
    3537, 3545, 3550, 3556, 3562, 3568, 3574, 3581, 3588, 3594, 3600, 3604, 3610, 3617, 3625, 3630,
    3636, 3642, 3649, 3655, 3661, 3665, 3672, 3678, 3685, 3692, 3698, 3706, 3715, 3723, 3730, 3736,
    3742, 3746, 3754, 3760, 3768, 3778, 3782, 3789, 3796, 3802, 3809, 3815, 3821, 3827, 3832, 3839,
    3845, 3851, 3857, 3861, 3869, 3874, 3881, 3888, 3896, 3905, 3911, 3917, 3923, 3930, 3938, 3942,
    3948, 3955, 3959, 3964, 3970, 3977, 3984, 3992, 3999, 4005, 4012, 4019, 4025, 4032, 4038, 4044,
    4051, 4058, 4075, 4081, 4088, 4094, 4102, 4109, 4116, 4124, 4130, 4137, 4145, 4152, 4158, 4165,
    4171, 4177, 4184, 4190, 4196, 4202, 4209, 4217, 4223, 4229, 4236, 4243, 4250, 4256, 4260, 4266,
    4271, 4277, 4285, 4293, 4299, 4303, 4308, 4312, 4318, 4325, 4333, 4340, 4346, 4351, 4357, 4364,
    4370, 4376, 4382, 4387, 4393, 4401, 4409, 4417, 4425, 4432, 4440, 4449, 4457, 4463, 4469, 4474,
    4480, 4488, 4493, 4500, 4506, 4513, 4521, 4529, 4537, 4543, 4550, 4557, 4562, 4568, 4572, 4579,
    4585, 4589, 4596, 4602, 4610, 4618, 4625, 4632, 4640, 4648, 4653, 4660, 4664, 4670, 4678, 4684,
    4690, 4695, 4701, 4707, 4713, 4719, 4725, 4730, 4736, 4744, 4750, 4756, 4760, 4767, 4774, 4778,
    4786, 4791, 4796, 4802, 4809, 4816, 4822, 4828, 4832, 4838, 4845, 4851, 4856, 4862, 4868, 4876,
    4884, 4890, 4896, 4901, 4906, 4913, 4918, 4923, 4927, 4934, 4940, 4946, 4952, 4958, 4965, 4971,
    4977, 4992, 4998, 5003, 5011, 5018, 5024, 5030, 5037, 5045, 5051, 5057, 5063, 5069, 5075, 5081,
    5087, 5094, 5099, 5105, 5112, 5118, 5125, 5133, 5140, 5147, 5155, 5161, 5167, 5174, 5180, 5188,
    5194, 5201, 5209, 5214, 5221, 5227, 5232, 5240, 5246, 5251, 5257, 5262, 5268, 5273, 5279, 5285,
    5291, 5298, 5302, 5308, 5315, 5323, 5331, 5337, 5343, 5348, 5354, 5362, 5368, 5376, 5383, 5390,
    5395, 5401, 5407, 5414, 5418, 5425, 5433, 5441, 5447, 5455, 5463, 5471, 5476, 5482, 5488, 5494,
    5498, 5506, 5512, 5519, 5524, 5530, 5534, 5540, 5548, 5557, 5565, 5573, 5580, 5587, 5594, 5600,
    5607, 5613, 5621, 5627, 5634, 5641, 5647, 5655, 5663, 5673, 5681, 5687, 5693, 5699, 5707, 5712,
    5719, 5725, 5731, 5738, 5745, 5753, 5759, 5765, 5771, 5777, 5783, 5788, 5796, 5802, 5807, 5814,
    5821, 5827, 5834, 5841, 5849, 5854, 5860, 5867, 5873, 5878, 5886, 5894, 5901, 5907, 5914, 5920,
    5926, 5932, 5938, 5945, 5952, 5960, 5967, 5972, 5978, 5982, 5988, 5994, 6001, 6007, 6013, 6019,
    6027, 6034, 6040, 6047, 6055, 6061, 6065, 6073, 6080, 6086, 6092, 6100, 6107, 6114, 6120, 6126,
    6132, 6139, 6145, 6152, 6160, 6166, 6174, 6181, 6189, 6194, 6199, 6207, 6213, 6219, 6227, 6232,
    6238, 6246, 6251, 6258, 6266, 6273, 6281, 6287, 6294, 6302, 6310, 6319, 6327, 6333, 6340, 6345,
    6351, 6356, 6362, 6368, 6375, 6382, 6389, 6397, 6405, 6411, 6417, 6424, 6432, 6440, 6448, 6453,
    6459, 6465, 6473, 6480, 6488, 6494, 6501, 6509, 6517, 6523, 6528, 6534, 6542, 6547, 6554, 6560,
    6565, 6573, 6580, 6584, 6589, 6595, 6603, 6610, 6616, 6624, 6633, 6641, 6650, 6658, 6665, 6672,
    6678, 6684, 6690, 6695, 6702, 6710, 6716, 6722, 6728, 6734, 6740, 6746, 6751, 6759, 6767, 6773,
    6779, 6785, 6792, 6800, 6808, 6815, 6821, 6828, 6835, 6842, 6850, 6858, 6865, 6872, 6880, 6886,
    6892, 6898, 6903, 6909, 6917, 6921, 6926, 6933, 6937, 6943, 6949, 6953, 6960, 6967, 6974, 6982,
    6990, 6996, 7002, 7010, 7018, 7026, 7031, 7038, 7046, 7052, 7059, 7067, 7075, 7081, 7087, 7094,
    7100, 7106, 7112, 7118, 7126, 7133, 7140, 7146, 7153, 7157, 7165, 7171, 7178, 7184, 7191, 7197,
    7203, 7209, 7215, 7222, 7230, 7235, 7241, 7249, 7255, 7261, 7268, 7276, 7282, 7289, 7297, 7303,
    7310, 7315, 7320, 7326, 7334, 7339, 7347, 7353, 7361, 7368, 7375, 7383, 7390, 7398, 7404, 7411,
    7417, 7425, 7431, 7438, 7446, 7453, 7459, 7466, 7473, 7480, 7487, 7494, 7498, 7503, 7510, 7517,
    7523, 7529, 7536, 7542, 7549, 7554, 7561, 7568, 7575, 7582, 7587, 7593, 7599, 7605, 7610, 7616,
    7622, 7626, 7632, 7638, 7645, 7651, 7657, 7663, 7669, 7675, 7680, 7686, 7690, 7696, 7701, 7707,
    7714, 7721, 7729, 7735, 7741, 7746, 7751, 7759, 7765, 7769, 7777, 7785, 7793, 7800, 7806, 7812,
    7816, 7821, 7827, 7833, 7838, 7842, 7848, 7855, 7861, 7869, 7873, 7881, 7888, 7894, 7899, 7905,
    7911, 7919, 7925, 7931, 7941, 7949, 7957, 7965, 7972, 7980, 7986, 7991, 7997, 8003, 8008, 8014,
    8019, 8025, 8032, 8038, 8044, 8051, 8058, 8064, 8070, 8078, 8084, 8091, 8098, 8105, 8110, 8118,
    8124, 8130, 8137, 8143, 8152, 8158, 8164, 8170, 8177, 8185, 8193, 8198, 8202, 8210, 8215, 8222,
    8228, 8236, 8242, 8249, 8257, 8264, 8269, 8277, 8283, 8287, 8293, 8297, 8305, 8313, 8321, 8326,
    8334, 8340, 8345, 8351, 8356, 8365, 8373, 8381, 8387, 8392, 8398, 8404, 8412, 8419, 8426, 8430,
    8436, 8441, 8449, 8455, 8459, 8465, 8472, 8480, 8487, 8493, 8499, 8505, 8510, 8516, 8522, 8528,
    8534, 8540, 8546, 8553, 8559, 8567, 8574, 8581, 8586, 8592, 8599, 8606, 8613, 8618, 8623, 8630,
    8636, 8642, 8648, 8654, 8662, 8670, 8677, 8685, 8691, 8697, 8704, 8708, 8712, 8718, 8722, 8729,
    8735, 8742, 8748, 8754, 8759, 8764, 8769, 8775, 8781, 8788, 8796, 8801, 8809, 8816, 8823, 8828,
    8834, 8840, 8847, 8853, 8859, 8867, 8876, 8882, 8890, 8897, 8902, 8910, 8916, 8922, 8930, 8939,
    8945, 8952, 8958, 8963, 8969, 8975, 8982, 8987, 8993, 8999, 9007, 9013, 9019, 9025, 9031, 9039,
    9046, 9053, 9059, 9064, 9069, 9075, 9083, 9093, 9099, 9103, 9111, 9117, 9123, 9130, 9136, 9142,
    9148, 9155, 9163, 9169, 9175, 9181, 9188, 9195, 9203, 9209, 9216, 9222, 9230, 9237, 9244, 9248,
    9254, 9259, 9265, 9271, 9277, 9282, 9288, 9295, 9301, 9308, 9314, 9318, 9325, 9331, 9338, 9342,
    9346, 9352, 9358, 9364, 9370, 9376, 9382, 9389, 9394, 9400, 9404, 9411, 9419, 9426, 9434, 9440,
    9446, 9452, 9458, 9464, 9470, 9476, 9483, 9489, 9495, 9501, 9505, 9513, 9521, 9528, 9535, 9542,
    9546, 9552, 9558, 9565, 9573, 9580, 9589, 9599, 9606, 9612, 9620, 9625, 9631, 9638, 9644, 9652,
    9658, 9665, 9671, 9679, 9686, 9693, 9701, 9709, 9715, 9722, 9728, 9734, 9740, 9746, 9753, 9761,
    9770, 9774, 9782, 9788, 9795, 9801, 9807, 9813, 9820, 9828, 9835, 9842, 9848, 9854, 9861, 9867,
    9874, 9882, 9889, 9895, 9900, 9906, 9913, 9921, 9927, 9932, 9938, 9944, 9952, 9956, 9963, 9969,
    9977, 9985, 9989, 9996, 10004, 10011, 10019, 10027, 10035, 10041, 10047, 10053, 10060, 10066, 10072, 10078,
    10083, 10087, 10094, 10100, 10108, 10116, 10122, 10127, 10131, 10142, 10148, 10154, 10161, 10169, 10177, 10184,
    10191, 10197, 10203, 10210, 10218, 10223, 10229, 10236, 10244, 10252, 10258, 10266, 10271, 10278, 10284, 10290,
    10296, 10305, 10311, 10317, 10324, 10332, 10338, 10344, 10350, 10356, 10363, 10371, 10375, 10383, 10390, 10398,
    10405, 10411, 10417, 10425, 10433, 10440, 10444, 10451, 10459, 10464, 10470, 10476, 10482, 10488, 10494, 10501,
    10508, 10514, 10520, 10527, 10534, 10540, 10546, 10552, 10559, 10567, 10575, 10583, 10590, 10596, 10603, 10612,
    10618, 10626, 10632, 10638, 10647, 10652, 10658, 10664, 10671, 10678, 10684, 10691, 10697, 10705, 10709, 10714,
    10719, 10725, 10732, 10738, 10747, 10753, 10759, 10765, 10773, 10779, 10785, 10791, 10798, 10806, 10815, 10823,
    10831, 10837, 10844, 10848, 10852, 10860, 10866, 10874, 10880, 10888, 10896, 10900, 10908, 10914, 10921, 10928,
    10934, 10938, 10943, 10949, 10953, 10960, 10967, 10975, 10983, 10988, 10994, 10999, 11005, 11011, 11019, 11026,
    11032, 11038, 11046, 11052, 11057, 11063, 11069, 11076, 11082, 11088, 11096, 11101, 11107, 11115, 11120, 11126,
    11134, 11142, 11148, 11152, 11158, 11165, 11172, 11179, 11186, 11193, 11200, 11206, 11213, 11219, 11225, 11232,
    11238, 11244, 11251, 11259, 11266, 11274, 11280, 11286, 11292, 11298, 11305, 11311, 11317, 11323, 11329, 11334,
    11341, 11349, 11354, 11361, 11368, 11376, 11382, 11388, 11395, 11402, 11410, 11418, 11424, 11432, 11439, 11444,
    11450, 11458, 11466, 11470, 11478, 11486, 11492, 11498, 11506, 11512, 11519, 11526, 11532, 11538, 11546, 11551,
    11557, 11563, 11571, 11578, 11584, 11592, 11596, 11603, 11611, 11619, 11625, 11631, 11646, 11661, 11665, 11671,
    11678, 11686, 11692, 11698, 11706, 11714, 11719, 11725, 11729, 11737, 11742, 11748, 11756, 11762, 11770, 11776,
    11780, 11786, 11793, 11798, 11804, 11811, 11817, 11825, 11831, 11837, 11844, 11851, 11857, 11865, 11871, 11877,
    11884, 11891, 11897, 11903, 11910, 11916, 11922, 11928, 11935, 11941, 11947, 11954, 11961, 11966, 11972, 11980,
    11986, 11994, 11998, 12003, 12009, 12015, 12022, 12027, 12033, 12038, 12044, 12052, 12058, 12065, 12073, 12079,
    12086, 12092, 12099, 12106, 12112, 12118, 12123, 12129, 12134, 12140, 12146, 12152, 12160, 12166, 12172, 12178,
    12185, 12193, 12199, 12204, 12210, 12217, 12223, 12229, 12235, 12241, 12247, 12254, 12261, 12269, 12275, 12282,
    12289, 12296, 12304, 12310, 12316, 12324, 12330, 12339, 12346, 12350, 12356, 12364, 12370, 12378, 12386, 12392,
    12399, 12407, 12414, 12422, 12428, 12436, 12443, 12449, 12456, 12463, 12469, 12477, 12484, 12492, 12500, 12506,
    12512, 12518, 12525, 12530, 12538, 12546, 12554, 12561, 12566, 12571, 12577, 12584, 12590, 12598, 12606, 12612,
    12618, 12624, 12628, 12634, 12641, 12648, 12654, 12661, 12665, 12671, 12678, 12684, 12691, 12698, 12706, 12711,
    12717, 12723, 12729, 12733, 12740, 12745, 12753, 12759, 12767, 12776, 12781, 12787, 12793, 12799, 12805, 12812,
    12817, 12824, 12830, 12837, 12845, 12850, 12856, 12862, 12866, 12872, 12879, 12886, 12890, 12897, 12901, 12905,
    12909, 12916, 12921, 12927, 12935, 12940, 12946, 12954, 12960, 12967, 12974, 12980, 12985, 12991, 12996, 13002,
    13009, 13017, 13023, 13029, 13034, 13040, 13046, 13052, 13057, 13063, 13068, 13074, 13080, 13086, 13092, 13096,
    13104, 13108, 13115, 13122, 13130, 13136, 13143, 13148, 13154, 13160, 13168, 13173, 13179, 13186, 13194, 13200,
    13204, 13210, 13217, 13223, 13227, 13233, 13240, 13245, 13250, 13256, 13261, 13267, 13273, 13279, 13286, 13292,
    13298, 13305, 13312, 13320, 13327, 13333, 13340, 13347, 13353, 13361, 13367, 13373, 13379, 13387, 13395, 13401,
    13407, 13412, 13418, 13426, 13433, 13439, 13445, 13453, 13461, 13468, 13473, 13478, 13484, 13490, 13497, 13505,
    13513, 13519, 13524, 13530, 13535, 13541, 13547, 13554, 13561, 13566, 13573, 13581, 13588, 13596, 13602, 13607,
    13613, 13621, 13629, 13636, 13643, 13649, 13657, 13663, 13670, 13676, 13684, 13688, 13695, 13703, 13711, 13718,
    13726, 13731, 13737, 13743, 13747, 13753, 13759, 13765, 13771, 13776, 13782, 13790, 13797, 13804, 13812, 13818,
    13824, 13831, 13837, 13843, 13850, 13854, 13858, 13864, 13870, 13876, 13883, 13889, 13896, 13903, 13909, 13916,
    13924, 13931, 13935, 13941, 13945, 13953, 13959, 13967, 13973, 13977, 13984, 13990, 13996, 14004, 14010, 14017,
    14023, 14029, 14034, 14039, 14047, 14052, 14058, 14063, 14069, 14075, 14083, 14089, 14095, 14102, 14114, 14120,
    14126, 14132, 14138, 14145, 14151, 14157, 14164, 14172, 14178, 14185, 14192, 14200, 14206, 14213, 14219, 14225,
    14232, 14240, 14248, 14254, 14259, 14266, 14271, 14287, 14294, 14298, 14304, 14310, 14316, 14320, 14328, 14336,
    14341, 14349, 14358, 14364, 14371, 14376, 14383, 14390, 14398, 14402, 14410, 14416, 14420, 14426, 14434, 14443,
    14449, 14455, 14462, 14466, 14471, 14477, 14485, 14494, 14500, 14507, 14513, 14521, 14527, 14533, 14539, 14547,
    14555, 14559, 14567, 14573, 14580, 14586, 14593, 14601, 14606, 14612, 14618, 14624, 14628, 14633, 14640, 14646,
    14652, 14660, 14666, 14672, 14677, 14683, 14691, 14697, 14704, 14711, 14717, 14725, 14730, 14737, 14742, 14748,
    14755, 14761, 14769, 14773, 14780, 14786, 14790, 14796, 14803, 14818, 14826, 14833, 14840, 14846, 14852, 14858,
    14865, 14873, 14879, 14885, 14892, 14899, 14905, 14912, 14918, 14924, 14929, 14935, 14941, 14949, 14957, 14963,
    14969, 14975, 14981, 14996, 15003, 15011, 15019, 15025, 15031, 15038, 15044, 15050, 15057, 15065, 15072, 15080,
    15090, 15098, 15103, 15109, 15115, 15121, 15127, 15135, 15143, 15149, 15154, 15160, 15168, 15177, 15182, 15188,
    15194, 15200, 15205, 15212, 15218, 15224, 15232, 15239, 15245, 15253, 15258, 15264, 15271, 15277, 15281, 15287,
    15293, 15301, 15307, 15313, 15321, 15327, 15333, 15340, 15347, 15355, 15362, 15368, 15374, 15378, 15386, 15394,
    15399, 15406, 15411, 15417, 15424, 15431, 15438, 15445, 15451, 15455, 15462, 15470, 15476, 15483, 15491, 15497,
    15503, 15508, 15514, 15521, 15527, 15533, 15540, 15544, 15550, 15556, 15563, 15571, 15579, 15587, 15595, 15603,
    15609, 15617, 15624, 15629, 15637, 15645, 15651, 15658, 15665, 15672, 15679, 15687, 15693, 15699, 15705, 15711,
    15717, 15724, 15731, 15737, 15745, 15753, 15760, 15768, 15774, 15782, 15787, 15795, 15804, 15810, 15816, 15821,
    15825, 15832, 15840, 15848, 15854, 15861, 15869, 15877, 15883, 15891, 15897, 15905, 15914, 15920, 15928, 15934,
    15940, 15946, 15950, 15955, 15961, 15967, 15973, 15978, 15986, 15992, 15998, 16005, 16011, 16015, 16024, 16030,
    16036, 16043, 16049, 16056, 16062, 16068, 16075, 16080, 16086, 16092, 16100, 16105, 16113, 16120, 16127, 16133,
    16137, 16143, 16148, 16154, 16160, 16166, 16173, 16190, 16196, 16204, 16210, 16216, 16221, 16227, 16235, 16241,
    16249, 16255, 16261, 16268, 16275, 16280, 16286, 16293, 16300, 16308, 16314, 16321, 16329, 16336, 16346, 16354,
    16360, 16366, 16372, 16376, 16385, 16390, 16396, 16402, 16410, 16416, 16424, 16432, 16440, 16446, 16452, 16462,
    16470, 16478, 16483, 16489, 16494, 16500, 16506, 16512, 16522, 16530, 16536, 16542, 16548, 16554, 16562, 16567,
    16573, 16579, 16587, 16594, 16602, 16610, 16617, 16623, 16629, 16635, 16641, 16647, 16654, 16660, 16666, 16671,
    16676, 16682, 16690, 16697, 16703, 16709, 16714, 16720, 16726, 16733, 16740, 16747, 16755, 16761, 16769, 16776,
    16783, 16791, 16799, 16807, 16813, 16828, 16836, 16842, 16848, 16855, 16875, 16882, 16889, 16895, 16901, 16909,
    16916, 16922, 16929, 16936, 16942, 16949, 16957, 16964, 16972, 16976, 16991, 16997, 17003, 17010, 17016, 17023,
    17029, 17034, 17038, 17044, 17049, 17055, 17062, 17068, 17072, 17078, 17083, 17091, 17097, 17103, 17110, 17117,
    17123, 17129, 17135, 17140, 17149, 17156, 17160, 17166, 17173, 17179, 17185, 17191, 17197, 17204, 17212, 17218,
    17224, 17231, 17242, 17250, 17256, 17262, 17268, 17275, 17281, 17286, 17292, 17300, 17307, 17313, 17319, 17325,
    17332, 17338, 17346, 17352, 17358, 17362, 17366, 17372, 17378, 17385, 17390, 17396, 17403, 17409, 17415, 17419,
    17425, 17433, 17440, 17446, 17452, 17459, 17466, 17472, 17478, 17484, 17491, 17496, 17503, 17508, 17514, 17520,
    17525, 17531, 17538, 17544, 17552, 17560, 17566, 17574, 17582, 17590, 17597, 17604, 17610, 17617, 17625, 17631,
    17637, 17645, 17654, 17661, 17669, 17675, 17682, 17688, 17694, 17700, 17708, 17717, 17723, 17728, 17735, 17742,
    17749, 17757, 17765, 17772, 17780, 17786, 17794, 17801, 17806, 17812, 17818, 17824, 17829, 17835, 17839, 17846,
    17854, 17860, 17867, 17873, 17881, 17889, 17896, 17904, 17912, 17921, 17932, 17941, 17956, 17972, 17981, 17997,
    18005, 18012, 18020, 18027, 18035, 18042, 18050, 18056, 18060, 18067, 18075, 18081, 18086, 18091, 18098, 18104,
    18111, 18119, 18126, 18134, 18140, 18147, 18153, 18161, 18168, 18176, 18181, 18186, 18192, 18200, 18207, 18213,
    18219, 18226, 18231, 18237, 18244, 18252, 18259, 18263, 18268, 18274, 18282, 18288, 18295, 18302, 18308, 18316,
    18323, 18331, 18338, 18344, 18349, 18355, 18362, 18370, 18375, 18381, 18386, 18394, 18400, 18407, 18414, 18420,
    18427, 18431, 18438, 18444, 18450, 18457, 18463, 18468, 18472, 18478, 18486, 18490, 18498, 18505, 18509, 18517,
    18524, 18530, 18536, 18543, 18549, 18556, 18562, 18569, 18574, 18580, 18586, 18593, 18601, 18605, 18612, 18618,
    18626, 18632, 18640, 18647, 18655, 18661, 18667, 18673, 18683, 18690, 18698, 18705, 18711, 18717, 18733, 18749,
    18767, 18771, 18777, 18783, 18789, 18796, 18800, 18807, 18813, 18817, 18825, 18831, 18839, 18843, 18849, 18855,
    18861, 18867, 18874, 18880, 18885, 18893, 18897, 18902, 18908, 18916, 18923, 18931, 18937, 18945, 18953, 18961,
    18967, 18973, 18979, 18985, 18991, 18996, 19002, 19008, 19016, 19024, 19031, 19039, 19045, 19052, 19058, 19064,
    19070, 19077, 19085, 19092, 19098, 19105, 19111, 19118, 19125, 19130, 19136, 19143, 19150, 19158, 19164, 19172,
    19179, 19184, 19190, 19196, 19202, 19208, 19215, 19220, 19226, 19233, 19241, 19247, 19253, 19260, 19266, 19272,
    19279, 19285, 19293, 19303, 19315, 19331, 19351, 19357, 19365, 19371, 19377, 19383, 19391, 19400, 19408, 19417,
    19429, 19444, 19450, 19459, 19465, 19472, 19479, 19485, 19492, 19497, 19503, 19509, 19515, 19521, 19530, 19536,
    19543, 19551, 19559, 19564, 19570, 19578, 19593, 19599, 19606, 19614, 19623, 19633, 19644, 19656, 19671, 19678,
    19686, 19695, 19705, 19720, 19726, 19734, 19740, 19746, 19753, 19758, 19764, 19770, 19777, 19783, 19789, 19797,
    19803, 19810, 19818, 19825, 19832, 19840, 19845, 19852, 19857, 19866, 19872, 19878, 19885, 19891, 19896, 19902,
    19909, 19916, 19924, 19930, 19936, 19943, 19951, 19956, 19964, 19969, 19975, 19981, 19988, 19992, 19998, 20004,
    20010, 20015, 20021, 20028, 20038, 20044, 20051, 20059, 20064, 20070, 20076, 20084, 20091, 20097, 20104, 20111,
    20117, 20123, 20130, 20136, 20144, 20150, 20157, 20165, 20172, 20178, 20184, 20190, 20196, 20204, 20211, 20219,
    20226, 20232, 20240, 20246, 20252, 20258, 20266, 20273, 20279, 20287, 20295, 20301, 20308, 20315, 20323, 20329,
    20337, 20341, 20349, 20355, 20361, 20367, 20372, 20382, 20389, 20399, 20407, 20415, 20423, 20429, 20435, 20442,
    20449, 20456, 20461, 20469, 20477, 20481, 20487, 20493, 20500, 20508, 20516, 20522, 20527, 20535, 20540, 20546,
    20552, 20558, 20563, 20569, 20575, 20581, 20589, 20594, 20602, 20607, 20613, 20619, 20626, 20632, 20638, 20645,
    20653, 20659, 20663, 20670, 20678, 20684, 20691, 20696, 20702, 20709, 20715, 20722, 20728, 20733, 20738, 20745,
    20754, 20760, 20764, 20772, 20778, 20785, 20791, 20798, 20804, 20809, 20815, 20819, 20826, 20832, 20838, 20844,
    20851, 20856, 20862, 20868, 20874, 20882, 20889, 20895, 20900, 20906, 20912, 20922, 20928, 20933, 20939, 20946,
    20954, 20960, 20966, 20971, 20977, 20984, 20990, 20997, 21005, 21011, 21018, 21025, 21031, 21039, 21046, 21052,
    21058, 21063, 21069, 21076, 21084, 21090, 21096, 21104, 21108, 21113, 21119, 21127, 21133, 21138, 21144, 21149,
    21155, 21160, 21168, 21174, 21178, 21184, 21191, 21197, 21205, 21211, 21217, 21224, 21232, 21239, 21247, 21253,
    21259, 21267, 21274, 21282, 21289, 21297, 21303, 21311, 21316, 21322, 21329, 21335, 21340, 21347, 21353, 21360,
    21365, 21371, 21379, 21385, 21391, 21397, 21404, 21412, 21421, 21427, 21434, 21442, 21448, 21456, 21462, 21470,
    21478, 21486, 21494, 21503, 21509, 21515, 21523, 21529, 21535, 21541, 21552, 21558, 21565, 21571, 21576, 21582,
    21588, 21594, 21600, 21606, 21610, 21616, 21620, 21625, 21631, 21639, 21646, 21651, 21657, 21664, 21670, 21674,
    21680, 21686, 21694, 21699, 21707, 21713, 21720, 21728, 21735, 21740, 21746, 21752, 21758, 21764, 21770, 21776,
    21782, 21788, 21794, 21801, 21807, 21814, 21822, 21829, 21835, 21841, 21848, 21852, 21860, 21866, 21872, 21879,
    21887, 21892, 21898, 21905, 21909, 21915, 21923, 21927, 21933, 21940, 21946, 21952, 21959, 21965, 21970, 21975,
    21981, 21987, 21993, 22000, 22008, 22015, 22021, 22027, 22033, 22039, 22045, 22051, 22059, 22065, 22071, 22078,
    22084, 22090, 22096, 22103, 22109, 22117, 22125, 22132, 22139, 22147, 22156, 22163, 22169, 22177, 22182, 22188,
    22194, 22199, 22205, 22211, 22219, 22223, 22228, 22234, 22242, 22248, 22254, 22259, 22265, 22271, 22276, 22282,
    22287, 22293, 22299, 22305, 22311, 22317, 22323, 22327, 22332, 22338, 22344, 22350, 22357, 22364, 22370, 22378,
    22386, 22392, 22397, 22405, 22411, 22415, 22423, 22431, 22438, 22446, 22452, 22458, 22465, 22473, 22481, 22489,
    22502, 22509, 22515, 22521, 22528, 22536, 22542, 22547, 22553, 22557, 22563, 22570, 22576, 22582, 22593, 22601,
    22610, 22615, 22623, 22628, 22636, 22643, 22649, 22656, 22662, 22668, 22675, 22682, 22690, 22695, 22702, 22709,
    22717, 22722, 22728, 22735, 22741, 22749, 22758, 22764, 22769, 22775, 22781, 22789, 22795, 22803, 22812, 22818,
    22824, 22830, 22838, 22844, 22850, 22856, 22861, 22868, 22874, 22880, 22888, 22894, 22902, 22908, 22914, 22921,
    22929, 22937, 22944, 22948, 22954, 22962, 22971, 22979, 22987, 22995, 23003, 23010, 23015, 23023, 23030, 23038,
    23046, 23052, 23059, 23066, 23073, 23081, 23087, 23094, 23100, 23105, 23113, 23122, 23129, 23135, 23142, 23150,
    23155, 23161, 23167, 23173, 23180, 23185, 23191, 23197, 23203, 23208, 23215, 23223, 23229, 23237, 23243, 23248,
    23256, 23262, 23268, 23274, 23280, 23285, 23291, 23299, 23305, 23312, 23318, 23325, 23333, 23339, 23345, 23349,
    23356, 23362, 23368, 23373, 23379, 23386, 23392, 23398, 23405, 23411, 23418, 23422, 23428, 23434, 23440, 23445,
    23450, 23456, 23462, 23469, 23475, 23483, 23489, 23497, 23502, 23510, 23517, 23523, 23530, 23538, 23543, 23549,
    23557, 23565, 23573, 23582, 23590, 23599, 23606, 23610, 23616, 23623, 23628, 23635, 23641, 23647, 23655, 23662,
    23668, 23673, 23679, 23686, 23694, 23700, 23706, 23713, 23721, 23728, 23736, 23741, 23749, 23758, 23764, 23770,
    23776, 23786, 23794, 23800, 23808, 23814, 23822, 23828, 23833, 23839, 23845, 23850, 23856, 23862, 23869, 23877,
    23883, 23890, 23896, 23903, 23909, 23915, 23922, 23928, 23936, 23943, 23950, 23958, 23964, 23969, 23973, 23978,
    23984, 23991, 23995, 24002, 24008, 24014, 24021, 24027, 24037, 24045, 24051, 24056, 24060, 24065, 24072, 24080,
    24086, 24093, 24101, 24106, 24112, 24120, 24128, 24134, 24142, 24149, 24155, 24161, 24167, 24174, 24182, 24188,
    24195, 24201, 24209, 24215, 24222, 24229, 24237, 24243, 24250, 24258, 24264, 24268, 24274, 24282, 24289, 24296,
    24304, 24311, 24319, 24325, 24332, 24337, 24343, 24349, 24355, 24362, 24367, 24373, 24379, 24383, 24388, 24395,
    24399, 24405, 24415, 24421, 24427, 24434, 24442, 24448, 24456, 24460, 24467, 24472, 24478, 24483, 24490, 24496,
    24502, 24507, 24513, 24521, 24527, 24531, 24538, 24544, 24550, 24556, 24562, 24568, 24575, 24582, 24588, 24595,
    24603, 24609, 24615, 24622, 24629, 24634, 24640, 24647, 24653, 24659, 24666, 24676, 24683, 24689, 24697, 24703,
    24711, 24717, 24721, 24727, 24736, 24744, 24750, 24757, 24764, 24771, 24778, 24784, 24791, 24797, 24803, 24810,
    24818, 24825, 24832, 24837, 24844, 24850, 24858, 24865, 24871, 24879, 24886, 24892, 24899, 24907, 24913, 24918,
    24924, 24930, 24938, 24944, 24950, 24956, 24964, 24971, 24978, 24985, 24990, 24996, 25003, 25009, 25015, 25021,
    25029, 25037, 25045, 25055, 25062, 25068, 25076, 25083, 25089, 25095, 25101, 25105, 25111, 25122, 25128, 25136,
    25141, 25147, 25155, 25164, 25170, 25177, 25185, 25191, 25198, 25205, 25213, 25220, 25226, 25232, 25238, 25244,
    25252, 25259, 25266, 25272, 25280, 25288, 25295, 25300, 25306, 25312, 25318, 25327, 25334, 25340, 25348, 25354,
    25362, 25369, 25375, 25381, 25387, 25395, 25402, 25407, 25416, 25422, 25429, 25435, 25443, 25450, 25456, 25461,
    25467, 25473, 25479, 25487, 25493, 25500, 25506, 25515, 25521, 25529, 25538, 25544, 25550, 25555, 25561, 25567,
    25574, 25580, 25586, 25592, 25599, 25606, 25613, 25619, 25625, 25631, 25637, 25643, 25651, 25660, 25667, 25674,
    25680, 25687, 25695, 25702, 25708, 25714, 25721, 25726, 25734, 25740, 25746, 25751, 25757, 25764, 25773, 25780,
    25784, 25790, 25797, 25805, 25811, 25816, 25824, 25830, 25837, 25844, 25852, 25860, 25868, 25876, 25883, 25889,
    25897, 25904, 25910, 25917, 25922, 25930, 25936, 25943, 25951, 25956, 25962, 25968, 25974, 25981, 25989, 25997,
    26004, 26011, 26019, 26027, 26033, 26039, 26045, 26050, 26056, 26062, 26069, 26076, 26082, 26088, 26095, 26103,
    26109, 26115, 26121, 26125, 26132, 26140, 26146, 26153, 26161, 26169, 26178, 26184, 26190, 26195, 26201, 26206,
    26212, 26220, 26226, 26232, 26240, 26245, 26253, 26261, 26267, 26275, 26281, 26287, 26293, 26299, 26306, 26312,
    26318, 26324, 26330, 26336, 26343, 26351, 26357, 26364, 26370, 26376, 26382, 26390, 26395, 26402, 26409, 26415,
    26421, 26428, 26434, 26441, 26447, 26453, 26461, 26469, 26475, 26481, 26487, 26495, 26503, 26507, 26512, 26518,
    26523, 26529, 26535, 26540, 26546, 26551, 26566, 26572, 26580, 26586, 26592, 26601, 26609, 26615, 26622, 26630,
    26646
};
